// Whatever a hospital of the list was called in the form, its official name and its district are filled in. The list
// follows the city by itself (hx-get on the city's field), so nobody has to press the button for it.
const typed = document.querySelector("[data-hospital]");
document.querySelector("[data-look]").hidden = true;

function meant() {
  const words = typed.value.trim();
  const { options } = document.getElementById("hospital-names");
  const fits = [...options].filter(({ value, dataset }) => value === words || dataset.names.split(" ").includes(words));
  return fits.length === 1 ? fits[0] : null;
}

function fillIn() {
  const hospital = meant();
  if (!hospital) return;
  typed.value = hospital.value;
  typed.form.elements.district.value = hospital.dataset.district;
}

typed.addEventListener("change", fillIn);
// Who is still writing goes on undisturbed.
document.addEventListener("htmx:afterSettle", () => document.activeElement !== typed && fillIn());
