// The page's behaviour. Text arrives as HTML in which everything that comes from a document or a model is escaped already; what is
// put together here is put together as text nodes.
(() => {
  "use strict";

  const parts = {};
  const state = {
    conversation: null, // id, or null before something is said
    asking: null, // {exchange, changes}: the question that is being answered, and how often something of it arrived
    shown: null, // {conversation, exchange, key, value}: what the source panel shows
    opener: null, // the link that opened the source panel
    generation: null,
    polling: false,
    files: [],
  };

  const $ = (name, within = document) => within.querySelector(`[data-part="${name}"]`);
  const narrow = () => window.matchMedia("(max-width: 860px)").matches;

  // Starting

  window.footnoteParts = window.footnoteParts || [];
  applyTheme(stored("theme"));

  function mount() {
    for (const part of window.footnoteParts.splice(0)) parts[part.name] = part;
    if (!parts.library || !parts.conversation || !parts.viewer || state.started) return;
    state.started = true;
    parts.conversation.watch("value", () => changed(parts.conversation.props.value));
    listen();
    start();
  }
  async function start() {
    const found = await get(`/chat/start?conversation=${encodeURIComponent(route().c || "")}`);
    if (!found) return;
    $("badge-label").textContent = found.badge.label;
    $("badge-meaning").textContent = found.badge.meaning;
    $("conversations").innerHTML = found.conversations;
    $("logout").hidden = !found.user;
    showDocuments(found);
    await followHash();
    document.body.classList.add("ready");
    if (!narrow()) $("composer").querySelector("textarea").focus({ preventScroll: true });
  }

  // Talking to the server

  // The browser ends the requests of a page that is being left: nothing is wrong with the server then.
  let leaving = false;
  window.addEventListener("pagehide", () => (leaving = true));
  window.addEventListener("pageshow", () => (leaving = false));

  async function get(url, options) {
    try {
      const response = await fetch(url, { credentials: "same-origin", ...options });
      if (response.status === 401) {
        location.href = "/login";
        return null;
      }
      const said = response.status === 204 ? {} : await response.json();
      if (response.ok) return said;
      toast(typeof said.error === "string" ? said.error : said.error.message);
    } catch {
      await new Promise((done) => setTimeout(done, 400));
      if (!leaving) toast("The server does not answer: is it still running?");
    }
    return null;
  }

  // What was asked for last is what is shown, whatever order the answers come in; undefined for one that came too late.
  const asked = {};
  async function latest(what, url) {
    const mine = (asked[what] = (asked[what] || 0) + 1);
    const found = await get(url);
    return mine === asked[what] ? found : undefined;
  }

  const send = (method, url, body) =>
    get(url, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });

  const at = (...names) => "/chat/conversations/" + names.map(encodeURIComponent).join("/");

  // Asking

  function ask(question, replaces) {
    if (state.asking || !question.trim()) return;
    state.asking = { exchange: replaces || null, changes: 0 };
    busy(true);
    if (replaces) {
      const old = document.getElementById(`t-${replaces}`);
      while (old && old.nextElementSibling) old.nextElementSibling.remove();
    }
    parts.conversation.trigger("submit", { conversation: state.conversation, question, replaces: replaces || null });
    watchOver(state.asking);
  }

  // An answer that never begins, or stops coming: the server is gone, or the line to it was cut while it went on.
  function watchOver(asking) {
    const changes = asking.changes;
    setTimeout(async () => {
      if (state.asking !== asking) return;
      if (asking.changes !== changes) return watchOver(asking);
      const found = await get(asking.exchange ? `/chat/running/${encodeURIComponent(asking.exchange)}` : "/chat/documents");
      if (state.asking !== asking) return;
      if (!found && !asking.changes) finish();
      else if (found && asking.changes && !found.running) openConversation(state.conversation);
      else watchOver(asking);
    }, 4000);
  }

  function changed(change) {
    if (!change || !change.exchange) return;
    if (!state.asking || (state.asking.exchange && state.asking.exchange !== change.exchange)) return;
    state.asking.exchange = change.exchange;
    state.asking.changes += 1;
    if (state.conversation !== change.conversation) {
      state.conversation = change.conversation;
      history.replaceState(null, "", `#c=${encodeURIComponent(change.conversation)}`);
    }
    const exchanges = $("exchanges");
    let shown = document.getElementById(`t-${change.exchange}`);
    const stick = atBottom();
    if (change.html !== undefined) {
      const holder = document.createElement("template");
      holder.innerHTML = change.html;
      const fresh = holder.content.firstElementChild;
      if (shown) shown.replaceWith(fresh);
      else exchanges.append(fresh);
      shown = fresh;
    } else if (shown) {
      const streamed = $("streamed", shown);
      if (streamed) streamed.textContent = change.text;
      const note = shown.querySelector(".searching");
      if (note) note.lastChild.textContent = "Writing …";
    }
    $("welcome").hidden = true;
    title(change.title);
    if (change.state === "streaming") {
      if (change.html !== undefined) clearComposer();
      if (stick || change.html !== undefined) toBottom(shown);
      return;
    }
    finish();
    reveal(shown);
    announce(shown);
    refreshConversations();
  }

  function finish() {
    state.asking = null;
    busy(false);
  }

  function clearComposer() {
    const box = document.getElementById("question");
    box.value = "";
    grow(box);
  }

  function busy(is) {
    $("send").hidden = is;
    $("stop").hidden = !is;
    $("exchanges").setAttribute("aria-busy", String(is));
    document.body.classList.toggle("asking", is);
  }

  function stop() {
    const exchange = state.asking && state.asking.exchange;
    if (exchange) send("POST", `/chat/stop/${encodeURIComponent(exchange)}`, {});
  }

  function announce(exchange) {
    const text = $("text", exchange);
    const sources = exchange.querySelectorAll(".source-number").length;
    const heading = exchange.querySelector(".state-title");
    const count = sources ? ` ${sources} source${sources === 1 ? "" : "s"}.` : "";
    $("live").textContent = [heading && heading.textContent.trim(), text && text.textContent.trim().slice(0, 400)]
      .filter(Boolean).join(": ") + count;
  }

  function atBottom() {
    const thread = $("thread");
    return thread.scrollTop + thread.clientHeight >= thread.scrollHeight - 80;
  }

  function toBottom() {
    const thread = $("thread");
    thread.scrollTop = thread.scrollHeight;
  }

  // The beginning of an answer stays in sight, however long it is.
  function reveal(exchange) {
    const thread = $("thread");
    const top = exchange.getBoundingClientRect().top - thread.getBoundingClientRect().top + thread.scrollTop;
    thread.scrollTop = Math.min(top - 12, thread.scrollHeight);
  }

  // Conversations

  function route() {
    const found = {};
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) found[name] = value;
    return found;
  }

  async function followHash() {
    const wanted = route();
    if (!wanted.c) {
      if (state.conversation) fresh();
      else showExamples();
      return;
    }
    if (wanted.c !== state.conversation) await openConversation(wanted.c);
    if (wanted.c !== state.conversation) return;
    if (wanted.t && wanted.n) await openSource({ exchange: wanted.t, key: "n", value: wanted.n });
    else if (wanted.t && wanted.p) await openSource({ exchange: wanted.t, key: "p", value: wanted.p });
  }

  async function openConversation(id) {
    if (state.asking) stop();
    finish();
    const found = await latest("conversation", at(id));
    if (found === undefined) return;
    if (!found) {
      history.replaceState(null, "", location.pathname);
      return fresh();
    }
    state.conversation = found.id;
    closeSource();
    $("exchanges").innerHTML = found.html;
    $("welcome").hidden = true;
    title(found.title);
    current();
    toBottom();
    if (narrow()) library(false);
    lookAgain();
  }

  // A question that is being answered for another window, or was before this one was loaded anew.
  function lookAgain(waiting = document.querySelector('.exchange[data-state="streaming"]')) {
    if (!waiting) return;
    setTimeout(async () => {
      const found = await get(`/chat/running/${encodeURIComponent(waiting.dataset.exchange)}`);
      if (!found || !waiting.isConnected) return;
      if (found.running || state.asking) lookAgain(waiting);
      else openConversation(state.conversation);
    }, 1000);
  }

  function fresh() {
    if (state.asking) stop();
    finish();
    state.conversation = null;
    if (location.hash) history.pushState(null, "", location.pathname);
    closeSource();
    $("exchanges").replaceChildren();
    $("welcome").hidden = false;
    title("New conversation");
    current();
    showExamples();
    if (narrow()) library(false);
    document.getElementById("question").focus({ preventScroll: true });
  }

  function title(text) {
    $("title").textContent = text;
    document.title = state.conversation ? `${text} · Footnote` : "Footnote";
    const kept = state.conversation !== null;
    for (const kind of ["md", "json"]) {
      const link = $(`export-${kind}`);
      link.hidden = !kept;
      if (kept) link.href = at(state.conversation, `export.${kind}`);
    }
  }

  async function refreshConversations() {
    const found = await latest("conversations", `/chat/conversations?current=${encodeURIComponent(state.conversation || "")}`);
    if (found) $("conversations").innerHTML = found.html;
  }

  function current() {
    for (const item of document.querySelectorAll(".conversation-list li")) {
      const is = item.dataset.conversation === state.conversation;
      item.classList.toggle("current", is);
      const link = item.querySelector("a");
      if (is) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  async function rename(item) {
    const link = item.querySelector("a");
    const said = await question({ title: "Rename conversation", value: link.textContent, ok: "Rename" });
    if (said === null || !said.trim()) return;
    const done = await send("PATCH", at(item.dataset.conversation), { title: said });
    if (!done) return;
    if (item.dataset.conversation === state.conversation) title(done.title);
    refreshConversations();
  }

  async function remove(item) {
    const text = `“${item.querySelector("a").textContent}” and its answers will be gone.`;
    if ((await question({ title: "Delete conversation?", text, ok: "Delete" })) === null) return;
    if (!(await get(at(item.dataset.conversation), { method: "DELETE" }))) return;
    if (item.dataset.conversation === state.conversation) fresh();
    refreshConversations();
  }

  async function showExamples(tries = 0) {
    const box = $("examples");
    const found = await get("/chat/examples");
    if (!found) return;
    if (!found.complete && tries < 60 && !state.conversation) setTimeout(() => showExamples(tries + 1), 200 + 40 * tries);
    // Those that are there already stay where they are: somebody may be about to click one.
    for (const child of [...box.children]) if (!found.examples.includes(child.textContent)) child.remove();
    const there = new Set([...box.children].map((child) => child.textContent));
    for (const text of found.examples.filter((text) => !there.has(text))) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "example";
      button.dataset.do = "example";
      button.textContent = text;
      box.append(button);
    }
  }

  // The source

  async function openSource({ exchange, key, value }, opener) {
    const found = await latest("source", `${at(state.conversation, exchange)}/source?${key}=${encodeURIComponent(value)}`);
    if (!found) return;
    state.shown = { conversation: state.conversation, exchange, key, value };
    showViewer(found.html, opener || citeOf(exchange, key, value));
    highlight();
  }

  async function openDocument(path, opener) {
    const found = await latest("source", `/chat/documents/${path}`);
    if (!found) return;
    state.shown = null;
    showViewer(found.html, opener);
    highlight();
  }

  function showViewer(html, opener) {
    const viewer = $("viewer");
    const moving = viewer.contains(document.activeElement) && document.activeElement.dataset.do;
    viewer.innerHTML = html;
    document.body.classList.add("source-open");
    if (opener && !viewer.contains(opener)) state.opener = opener;
    if (narrow()) library(false);
    const text = $("document-text", viewer);
    toMark();
    const page = $("page-picture", viewer);
    if (page && (stored("source") || "page") === "page") showPage();
    const again = moving && viewer.querySelector(`[data-do="${moving}"]:not(:disabled)`);
    (again || (page && !page.hidden ? page : text)).focus({ preventScroll: true });
  }

  // A page of a PDF as it looks, with the place marked in it; where it cannot be drawn its text is there.
  async function showPage() {
    const page = $("page-picture");
    shownAs("page");
    if (page.querySelector("img") || page.dataset.asked) return;
    page.dataset.asked = "1";
    const response = await picture(page.dataset.picture);
    if (!page.isConnected) return;
    if (!response) {
      document.querySelector('[data-do="show-page"]').disabled = true;
      return shownAs("text");
    }
    const number = response.headers.get("Footnote-Page");
    const top = Number(response.headers.get("Footnote-Top") || 0);
    const image = new Image();
    image.alt = `Page ${number} of ${document.getElementById("viewer-title").textContent}, with the place marked. It says:`;
    image.src = URL.createObjectURL(await response.blob());
    await image.decode().catch(() => {});
    URL.revokeObjectURL(image.src);
    if (!page.isConnected) return;
    page.querySelector(".page-wait").replaceWith(image);
    page.scrollTop = image.offsetTop - page.offsetTop + image.clientHeight * top - page.clientHeight / 3;
  }

  async function picture(url) {
    try {
      const response = await fetch(url, { credentials: "same-origin" });
      if (response.ok) return response;
      toast((await response.json()).error);
    } catch {
      if (!leaving) toast("The page could not be drawn. This is its text.");
    }
    return null;
  }

  function shownAs(what) {
    const page = $("page-picture");
    if (!page) return;
    page.hidden = what !== "page";
    $("document-text").hidden = what === "page";
    for (const kind of ["page", "text"])
      document.querySelector(`[data-do="show-${kind}"]`).setAttribute("aria-pressed", String(kind === what));
    if (what === "text") toMark();
  }

  function keepShownAs(what) {
    keep("source", what);
    if (what === "page") showPage();
    else shownAs("text");
  }

  function toMark() {
    const text = $("document-text");
    const mark = text.querySelector("mark.current");
    if (!mark) return;
    const room = text.clientHeight - mark.getBoundingClientRect().height;
    text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top - Math.max(room / 3, 8);
  }

  function closeSource() {
    if (!document.body.classList.contains("source-open")) return;
    document.body.classList.remove("source-open");
    $("viewer").replaceChildren();
    state.shown = null;
    highlight();
    if (route().t) history.replaceState(null, "", `#c=${encodeURIComponent(state.conversation)}`);
    if (state.opener && state.opener.isConnected) state.opener.focus({ preventScroll: true });
    state.opener = null;
  }

  function citeOf(exchange, key, value) {
    const within = document.getElementById(`t-${exchange}`);
    const name = key === "n" ? "number" : "passage";
    return within && within.querySelector(`a[data-${name}="${CSS.escape(value)}"]`);
  }

  // What the panel shows is marked in the answer too.
  function highlight() {
    for (const marked of document.querySelectorAll(".exchange .active")) marked.classList.remove("active");
    if (!state.shown) return;
    const within = document.getElementById(`t-${state.shown.exchange}`);
    if (!within) return;
    const { key, value } = state.shown;
    const name = key === "n" ? "number" : "passage";
    for (const link of within.querySelectorAll(`a[data-${name}]`)) link.classList.toggle("active", link.dataset[name] === value);
    if (key === "n")
      for (const sentence of within.querySelectorAll("[data-citations]"))
        sentence.classList.toggle("active", sentence.dataset.citations.split(" ").includes(value));
  }

  function step(by) {
    if (!state.shown || state.shown.key !== "n") return;
    const within = document.getElementById(`t-${state.shown.exchange}`);
    const numbers = [...within.querySelectorAll(".source-number")].map((link) => link.dataset.number);
    const next = numbers[numbers.indexOf(state.shown.value) + by];
    if (next) location.hash = link(state.shown.exchange, next);
  }

  const link = (exchange, number) =>
    `#c=${encodeURIComponent(state.conversation)}&t=${encodeURIComponent(exchange)}&n=${encodeURIComponent(number)}`;

  // Documents

  function showDocuments(found) {
    const before = state.generation;
    const box = $("documents");
    if (state.markup !== found.documents) box.innerHTML = state.markup = found.documents;
    state.generation = found.generation;
    const list = box.querySelector(".document-list");
    document.getElementById("upload").accept = list.dataset.accept;
    state.largest = Number(list.dataset.largest);
    $("composer-note").textContent = found.indexing
      ? "New documents are being read. You can ask meanwhile."
      : `${found.count} document${found.count === 1 ? "" : "s"}`;
    if (before && before !== found.generation && !state.conversation) showExamples();
    if (found.indexing) poll();
  }

  async function refreshDocuments() {
    const found = await latest("documents", "/chat/documents");
    if (found) showDocuments(found);
  }

  function poll() {
    if (state.polling) return;
    state.polling = true;
    setTimeout(async () => {
      state.polling = false;
      await refreshDocuments();
    }, 350);
  }

  async function upload(files) {
    for (const file of files) {
      if (state.largest && file.size > state.largest * 2 ** 20) {
        toast(`${file.name} is larger than ${state.largest} MB.`);
        continue;
      }
      $("composer-note").textContent = `Adding ${file.name} …`;
      const done = await get(`/chat/documents/${encodeURIComponent(file.name)}`, { method: "PUT", body: file });
      if (done) $("live").textContent = `${done.document} was added.`;
    }
    await refreshDocuments();
  }

  async function removeDocument(button) {
    const text = `${button.dataset.name} will be deleted from the documents folder.`;
    if ((await question({ title: "Remove document?", text, ok: "Remove" })) === null) return;
    if (!(await get(`/chat/documents/${button.dataset.path}`, { method: "DELETE" }))) return;
    await refreshDocuments();
  }

  // Answers: copy, rate, edit

  async function copy(exchange, button) {
    const found = await get(`${at(state.conversation, exchange)}/copy`);
    if (found && (await toClipboard(found.text))) done(button, "Copied");
  }

  async function toClipboard(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      box.className = "visually-hidden";
      document.body.append(box);
      box.select();
      const copied = document.execCommand("copy");
      box.remove();
      if (!copied) toast("The browser did not allow copying.");
      return copied;
    }
  }

  function done(button, text) {
    $("live").textContent = text;
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
    toast(text, true);
  }

  async function rate(exchange, button) {
    const pressed = button.getAttribute("aria-pressed") === "true";
    const up = button.dataset.rating === "up";
    let comment = null;
    if (!pressed) {
      comment = await question({
        title: up ? "Good answer" : "Wrong or incomplete",
        text: up ? "Anything to add? (optional)" : "What would have been right? (optional)",
        value: "",
        ok: "Send",
      });
      if (comment === null) return;
    }
    const rating = pressed ? null : button.dataset.rating;
    const saved = await send("POST", `${at(state.conversation, exchange)}/feedback`, { rating, comment });
    if (!saved) return;
    const within = document.getElementById(`t-${exchange}`);
    for (const other of within.querySelectorAll("[data-rating]"))
      other.setAttribute("aria-pressed", String(other.dataset.rating === saved.rating));
    if (saved.rating) toast("Thank you. It was kept with the index.", true);
  }

  function edit(exchange) {
    const within = document.getElementById(`t-${exchange}`);
    const holder = within.querySelector(".question");
    if (holder.querySelector("form")) return;
    const form = document.createElement("form");
    form.className = "edit-form";
    const box = document.createElement("textarea");
    box.value = $("question-text", within).textContent;
    box.setAttribute("aria-label", "Edit the question");
    box.rows = 1;
    const cancel = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: "Cancel" });
    const ok = Object.assign(document.createElement("button"), { type: "submit", className: "button primary", textContent: "Ask again" });
    const buttons = document.createElement("div");
    buttons.className = "dialog-buttons";
    buttons.append(cancel, ok);
    form.append(box, buttons);
    holder.classList.add("editing");
    holder.append(form);
    grow(box);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    const close = () => {
      form.remove();
      holder.classList.remove("editing");
    };
    const submit = () => {
      const text = box.value;
      close();
      ask(text, exchange);
    };
    cancel.addEventListener("click", close);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    box.addEventListener("input", () => grow(box));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        close();
        within.querySelector(".edit").focus();
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
      }
    });
  }

  // Small things

  function question({ title: heading, text = "", value, ok }) {
    const dialog = $("ask-dialog");
    const input = $("ask-dialog-input");
    $("ask-dialog-title").textContent = heading;
    $("ask-dialog-text").textContent = text;
    $("ask-dialog-text").hidden = !text;
    $("ask-dialog-ok").textContent = ok;
    input.hidden = value === undefined;
    input.value = value || "";
    dialog.returnValue = "";
    dialog.showModal();
    if (value === undefined) $("ask-dialog-ok").focus();
    else input.select();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? input.value : null), { once: true });
    });
  }

  let fading;
  function toast(text, quiet = false) {
    const box = $("toast");
    box.textContent = text;
    box.classList.toggle("quiet", quiet);
    box.hidden = false;
    clearTimeout(fading);
    fading = setTimeout(() => (box.hidden = true), quiet ? 2000 : 7000);
  }

  function grow(box) {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, window.innerHeight * 0.4)}px`;
  }

  function library(open) {
    document.body.classList.toggle("library-open", open);
    const button = document.querySelector('[data-do="open-library"]');
    button.setAttribute("aria-expanded", String(open));
    if (open) document.querySelector('[data-do="close-library"]').focus();
  }

  function stored(name) {
    try {
      return localStorage.getItem(`footnote-${name}`);
    } catch {
      return null;
    }
  }

  function keep(name, value) {
    try {
      localStorage.setItem(`footnote-${name}`, value);
    } catch {
      // A browser that keeps nothing forgets it with the page.
    }
  }

  function applyTheme(name) {
    if (name === "dark" || name === "light") document.documentElement.dataset.theme = name;
  }

  const isDark = () =>
    (document.documentElement.dataset.theme || (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  function theme() {
    const next = isDark() ? "light" : "dark";
    applyTheme(next);
    keep("theme", next);
    nameTheme();
  }

  function nameTheme() {
    document.querySelector('[data-do="theme"]').textContent = isDark() ? "Light appearance" : "Dark appearance";
  }

  // The quote under the pointer

  function tip(cite) {
    const box = document.getElementById("quote-tip");
    box.replaceChildren();
    const quote = document.createElement("p");
    quote.className = "tip-quote";
    const text = cite.dataset.quote;
    quote.textContent = text.length > 360 ? `${text.slice(0, 360)} …` : text;
    const place = document.createElement("p");
    place.className = "tip-place";
    place.textContent = cite.dataset.place;
    box.append(quote, place);
    box.hidden = false;
    cite.setAttribute("aria-describedby", "quote-tip");
    const mark = cite.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const left = Math.min(Math.max(8, mark.left + mark.width / 2 - size.width / 2), window.innerWidth - size.width - 8);
    const above = mark.top - size.height - 8;
    box.style.left = `${left}px`;
    box.style.top = `${above > 8 ? above : mark.bottom + 8}px`;
  }

  function untip() {
    document.getElementById("quote-tip").hidden = true;
    for (const cite of document.querySelectorAll(".cite[aria-describedby]")) cite.removeAttribute("aria-describedby");
  }

  // Listening

  const actions = {
    new: () => fresh(),
    example: (button) => ask(button.textContent),
    stop: () => stop(),
    retry: (button, exchange) => ask($("question-text", exchange).textContent, exchange.dataset.exchange),
    edit: (button, exchange) => edit(exchange.dataset.exchange),
    copy: (button, exchange) => copy(exchange.dataset.exchange, button),
    rate: (button, exchange) => rate(exchange.dataset.exchange, button),
    rename: (button) => rename(button.closest("[data-conversation]")),
    delete: (button) => remove(button.closest("[data-conversation]")),
    add: () => document.getElementById("upload").click(),
    remove: (button) => removeDocument(button),
    previous: () => step(-1),
    next: () => step(1),
    theme: () => theme(),
    keys: () => $("keys").showModal(),
    cancel: (button) => button.closest("dialog").close(),
    "open-document": (button) => openDocument(button.dataset.path, button),
    "close-source": () => closeSource(),
    "show-page": () => keepShownAs("page"),
    "show-text": () => keepShownAs("text"),
    "copy-link": async (button) => (await toClipboard(location.href)) && done(button, "Link copied"),
    "open-library": () => library(true),
    "close-library": () => {
      library(false);
      document.querySelector('[data-do="open-library"]').focus();
    },
  };

  function listen() {
    const box = document.getElementById("question");
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      ask(box.value);
    });
    box.addEventListener("input", () => grow(box));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      ask(box.value);
    });
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      for (const open of document.querySelectorAll(".badge[open], .menu[open], .figures[open]"))
        if (!open.contains(event.target) || (open.classList.contains("menu") && event.target.closest("button, a"))) open.open = false;
      if (button && actions[button.dataset.do]) actions[button.dataset.do](button, button.closest(".exchange"));
      const cite = event.target.closest("a[data-number], a[data-passage], .source-place");
      // The place that the address names already, opened again.
      if (cite && cite.getAttribute("href") === location.hash) followHash();
      if (cite) untip();
      if (document.body.classList.contains("library-open") && event.target.closest("#panel-conversation") && !button) library(false);
    });
    document.addEventListener("mouseover", (event) => {
      const cite = event.target.closest(".cite");
      if (cite) tip(cite);
    });
    document.addEventListener("mouseout", (event) => event.target.closest(".cite") && untip());
    document.addEventListener("focusin", (event) => event.target.matches(".cite:focus-visible") && tip(event.target));
    document.addEventListener("focusout", (event) => event.target.matches(".cite") && untip());
    $("thread").addEventListener("scroll", untip, { passive: true });
    document.addEventListener("keydown", keys);
    window.addEventListener("hashchange", followHash);
    const input = document.getElementById("upload");
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      await upload(files);
    });
    dropping();
    nameTheme();
  }

  function keys(event) {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (document.querySelector("dialog[open]")) return;
      const open = document.querySelector(".badge[open], .menu[open], .figures[open]");
      if (!document.getElementById("quote-tip").hidden) untip();
      else if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      } else if (state.asking) stop();
      else if (document.body.classList.contains("library-open")) actions["close-library"]();
      else closeSource();
    } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "/") {
        event.preventDefault();
        document.getElementById("question").focus();
      } else if (event.key === "[") step(-1);
      else if (event.key === "]") step(1);
    }
  }

  function dropping() {
    const withFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    let depth = 0;
    window.addEventListener("dragenter", (event) => {
      if (withFiles(event)) document.body.classList.toggle("dropping", ++depth > 0);
    });
    window.addEventListener("dragleave", (event) => {
      if (withFiles(event)) document.body.classList.toggle("dropping", --depth > 0);
    });
    window.addEventListener("dragover", (event) => withFiles(event) && event.preventDefault());
    window.addEventListener("drop", (event) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      depth = 0;
      document.body.classList.remove("dropping");
      upload([...event.dataTransfer.files]);
    });
  }

  // Last, when all of the above exists: Gradio may have made the parts before this script arrives, or does so later.
  window.addEventListener("footnote", mount);
  mount();
})();
