// Makes pages live that work without it.

// Times in the reader's zone; the exact time stays in the title.
function localise(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}

// A second click waits for the answer to the first; the server would recognise it anyway, so a form whose answer does not
// come may be sent again.
const ANSWER = 5000;
for (const form of document.querySelectorAll("form[data-once]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, ANSWER);
  });
}

// An order's page follows the order's events and shows the server's rendering of the new state.
const live = document.querySelector("[data-live][data-events]");
if (live) {
  const PAUSE = 250;
  const FIRST_WAIT = 700;
  const LONGEST_WAIT = 30000;
  const announcer = document.querySelector("[data-announce]");
  // The token of forms is another one in every rendering.
  const content = (html) => html.replaceAll(/name="csrf" value="[^"]*"/g, "").trim();
  const announced = () => live.querySelector("[data-announced]").textContent.trim().replaceAll(/\s+/g, " ");
  let shown = null;
  let told = announced();
  let wait = FIRST_WAIT;
  let timer;
  let source;

  const schedule = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(show, pause);
  };
  // Waits grow while nothing changes.
  const later = () => {
    schedule(wait);
    wait = Math.min(wait * 1.5, LONGEST_WAIT);
  };
  const show = async () => {
    const response = await fetch(live.dataset.part, { headers: { accept: "text/html" } }).catch(() => null);
    if (response?.redirected) {
      // The session has ended.
      source.close();
      announcer.textContent = live.dataset.logIn;
      announcer.classList.remove("unseen");
      return;
    }
    if (!response?.ok) return later();
    const html = await response.text();
    if (content(html) !== shown) {
      const focused = live.contains(document.activeElement) ? document.activeElement.closest("form, a") : null;
      const selector = focused?.action ? `form[action$="${new URL(focused.action).pathname}"] button` : focused && "a.button";
      live.innerHTML = html;
      localise(live);
      if (selector) live.querySelector(selector)?.focus();
      const now = announced();
      if (now !== told) announcer.textContent = now;
      if (shown !== null) wait = FIRST_WAIT;
      [shown, told] = [content(html), now];
    }
    // The payment page's address comes without an event.
    if (live.querySelector("[data-awaited]")) later();
  };
  const open = () => {
    source?.close();
    source = new EventSource(live.dataset.events);
    source.onmessage = () => schedule(PAUSE);
    source.onerror = () => {
      // Refused, or over: the page is read once more, and the stream tried again while the order is open.
      if (source.readyState === EventSource.CLOSED) {
        later();
        if (live.querySelector("[data-open]")) setTimeout(open, wait);
      }
    };
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
  later();
}

localise(document);
