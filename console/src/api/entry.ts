// Where things are. All that is known beforehand is the entry of the API, the console and the browser session, all relative to this
// script; every other URL comes from a response.

/** The folder of everything: the script is in a folder below it. */
const ROOT = new URL("..", import.meta.url);

/** The path before the API's own, which every link begins with; may be empty. */
export const PREFIX = ROOT.pathname.slice(0, -1);

export const ENTRY = new URL("v1", ROOT).pathname;

export const CONSOLE = new URL("console/", ROOT);
export const SESSION = new URL("session", CONSOLE);
export const TOKEN = new URL("token", CONSOLE);

/** The media type of representations with forms. */
export const HAL_FORMS = "application/prs.hal-forms+json";
export const FORM = "application/x-www-form-urlencoded";
