from allauth.account.forms import SignupForm as EmailSignupForm


class SignupForm(EmailSignupForm): ...
