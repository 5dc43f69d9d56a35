// Makes pages live that work without it.

// Times in the reader's zone; the exact time stays in the title.
function localise(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}

// A second click must wait for the answer to the first; the server would recognise it anyway.
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // A page from the browser's memory may be sent again.
  addEventListener("pageshow", () => { sent = false; });
}

// An order's page follows the order's events and shows the server's rendering of the new state.
const live = document.querySelector("[data-live][data-events]");
if (live) {
  const PAUSE = 250;
  const LOOK_AGAIN = 700;
  const announce = document.querySelector("[data-announce]");
  let status = live.querySelector("[data-status]").textContent;
  let timer;
  let source;

  const show = async () => {
    const response = await fetch(live.dataset.part, { headers: { accept: "text/html" } }).catch(() => null);
    if (response?.ok && !response.redirected) {
      live.innerHTML = await response.text();
      localise(live);
      const now = live.querySelector("[data-status]").textContent;
      if (now !== status) announce.textContent = now;
      status = now;
    }
    // The payment page's address comes without an event.
    if (live.querySelector("[data-awaited]")) schedule(LOOK_AGAIN);
  };
  const schedule = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(show, wait);
  };
  const open = () => {
    source = new EventSource(live.dataset.events);
    source.onmessage = () => schedule(PAUSE);
  };
  document.addEventListener("visibilitychange", () => {
    source?.close();
    clearTimeout(timer);
    if (!document.hidden) {
      open();
      schedule(0);
    }
  });
  open();
  schedule(LOOK_AGAIN);
}

localise(document);
