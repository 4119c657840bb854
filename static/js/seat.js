// A guest's seat: the part that follows the server changes only when there is news, under nobody's finger.
import { follow } from "./region.js";

follow();
