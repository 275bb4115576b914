// Starts the console, or the page of a mailed link.

import { render } from "preact";
import { App } from "./app";
import { mailedForm } from "./page";
import { Notices } from "./parts/notices";
import { MailedLink } from "./views/mailed_link";
import { ShownOnceDialog } from "./views/shown_once_dialog";

const page = mailedForm ? <MailedLink relation={mailedForm} /> : <App />;
render([page, <ShownOnceDialog />, <Notices />], document.getElementById("app")!);
