// What scripts add to the pages of the console, which work without them.
"use strict";

// Times stand in UTC in the page. They are shown in the reader's zone, with UTC on hover.
function showTimes(root) {
	const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
	for (const t of root.querySelectorAll("time[datetime]:not([title])")) {
		t.title = t.textContent;
		t.textContent = format.format(new Date(t.dateTime));
	}
}

document.addEventListener("DOMContentLoaded", () => showTimes(document));
document.addEventListener("htmx:load", (e) => showTimes(e.detail.elt));
