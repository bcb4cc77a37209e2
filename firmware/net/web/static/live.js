// The page kept up to date. An element with an id and data-live="topic …" is asked for again when one of its topics
// is told of; only what differs is changed, and what has the focus stays as it is.

const handlers = new Map();
const QUIET = 250; // milliseconds between two looks at least
let stream = null;
let polling = null;
let number = -1;
let looking = false;
let again = false;

/** Hear of a topic's events: handler(data). */
export function on(topic, handler) {
  if (!handlers.has(topic)) handlers.set(topic, []);
  handlers.get(topic).push(handler);
  if (stream && !stream.known.has(topic)) { close(); open(); }
}

/** Ask for this page again and change what is live. */
export async function refresh() {
  if (looking) { again = true; return; }
  looking = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (answer.ok) adopt(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* the printer is away: the stream comes back when it does */ }
  setTimeout(() => { looking = false; if (again) { again = false; refresh(); } }, QUIET);
}

function adopt(fresh) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = old.id && fresh.getElementById(old.id);
    if (now) morph(old, now);
  }
  document.dispatchEvent(new CustomEvent("refreshed"));
}

/** Make ``old`` like ``fresh``, keeping the elements that stay. */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || (old.id ?? "") !== (fresh.id ?? "")) {
    old.replaceWith(document.importNode(fresh, true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) { old.nodeValue = fresh.nodeValue; return; }
  const edited = old === document.activeElement && old.matches("input, select, textarea");
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open" && !name.startsWith("data-keep")) old.removeAttribute(name);
  }
  if (edited || old.hasAttribute("data-keep")) return;
  const byId = new Map([...old.children].filter((each) => each.id).map((each) => [each.id, each]));
  let here = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = child.id && byId.get(child.id);
    if (known && known !== here) old.insertBefore(known, here);
    const now = known || (here && !(here.id && byId.has(here.id) && fresh.querySelector(`#${CSS.escape(here.id)}`)) ? here : null);
    if (!now) { old.insertBefore(document.importNode(child, true), here); continue; }
    here = now.nextSibling;
    morph(now, child);
  }
  while (here) { const gone = here; here = here.nextSibling; gone.remove(); }
}

function topics() {
  const found = new Set(handlers.keys());
  for (const each of document.querySelectorAll("[data-live]")) {
    for (const topic of each.dataset.live.split(" ")) found.add(topic);
  }
  return found;
}

function heard(topic, data) {
  const live = [...document.querySelectorAll("[data-live]")].some((each) => each.dataset.live.split(" ").includes(topic));
  if (live) refresh();
  for (const handler of handlers.get(topic) ?? []) handler(data);
}

function listenTo(topic) {
  if (stream.known.has(topic)) return;
  stream.known.add(topic);
  stream.addEventListener(topic, (event) => heard(topic, JSON.parse(event.data)));
}

function open() {
  if (document.body.dataset.poll) { poll(Number(document.body.dataset.poll)); return; }
  const wanted = topics();
  stream = new EventSource(`/events?topics=${[...wanted].join(",")}`);
  stream.known = new Set();
  for (const topic of wanted) listenTo(topic);
  stream.addEventListener("hello", (event) => {
    const now = JSON.parse(event.data).number;
    if (number !== -1 && now !== number) refresh();
    number = now;
  });
  stream.addEventListener("lost", refresh);
  stream.onerror = () => { if (stream && stream.readyState === EventSource.CLOSED) { close(); poll(5); } };
}

function close() {
  stream?.close();
  stream = null;
  clearTimeout(polling);
}

// Over a cable a stream would take one of its few pipes: a short question from time to time instead.
async function poll(seconds) {
  clearTimeout(polling);
  try {
    const now = (await (await fetch("/events", { headers: { Accept: "application/json" }, cache: "no-store" })).json()).number;
    if (number !== -1 && now !== number) {
      await refresh();
      for (const [topic, hearing] of handlers) for (const handler of hearing) handler({ topic, polled: true });
    }
    number = now;
  } catch { /* asked again anyway */ }
  polling = setTimeout(poll, seconds * 1000, seconds);
}

// A browser has six connections for one printer: tabs that nobody looks at hold none.
document.addEventListener("visibilitychange", () => {
  close();
  if (document.visibilityState === "visible") open();
});
addEventListener("pagehide", close);

const here = new URL(location.href);
if (here.searchParams.has("said")) {
  here.searchParams.delete("said");
  history.replaceState(null, "", here);
}
// The other modules say first what they want to hear of.
if (document.readyState === "complete") open();
else document.addEventListener("DOMContentLoaded", () => { if (document.visibilityState === "visible") open(); });
