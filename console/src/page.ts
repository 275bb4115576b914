// What the service says about the page: in the attributes of its root element.

const { relation, console } = document.documentElement.dataset;

/** The relation of the form that a mailed link leads to; `undefined` on the pages of the console. */
export const mailedForm = relation || undefined;

/** Whether the service has a console, and not only the pages of mailed links. */
export const hasConsole = console === "on";
