/* Engross: what a page does beyond HTML. Every question works without it, but for what a browser alone cannot do. An ES module: browsers
   that know none show the pages that work without script. It runs in the order of the page with other deferred scripts; the interview's own
   scripts (type="text/plain" data-author) are run by start(), when the functions that they call are there. */
const holder = document.getElementById("engross-data");
const data = holder ? JSON.parse(holder.textContent) : { keys: {}, kinds: {}, options: {}, labels: {}, boxes: {}, words: {}, group: {} };
const form = document.getElementById("daform");
const here = `${data.root || ""}/interview?i=${encodeURIComponent(data.interview || "")}`;
const say = (sentence, ...given) => given.reduce((text, one) => text.replace("{}", one), data.words[sentence] || sentence);
const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
const state = { touched: false, busy: false, leaving: false };

/* ------------------------------------------------------------------ fields by the names that authors use */

function keyOf(variable) {
  if (data.keys[variable]) return data.keys[variable];
  return btoa(unescape(encodeURIComponent(variable))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function elementsOf(key) {
  if (!form) return [];
  if (data.boxes[key]) {
    const [field, option] = data.boxes[key];
    return all("input", form).filter((one) => one.dataset.of === field && one.dataset.key === option);
  }
  return all("input, select, textarea", form).filter((one) => one.name === key || one.dataset.of === key);
}

function isOut(element) {
  return Boolean(element.closest('.dashowif[data-state="out"], [data-removed], [data-closed]'));
}

function answerOf(key, text) {
  const options = data.options[key];
  if (options && text in options) return options[text];
  if (text === "True") return true;
  if (text === "False") return false;
  if (text === "None") return null;
  if (["integer", "number", "currency", "float", "range"].includes(data.kinds[key]) && text !== "" && !isNaN(Number(text.replace(/[, ]/g, "")))) {
    return Number(text.replace(/[, ]/g, ""));
  }
  return text;
}

function valueOf(key) {
  const elements = elementsOf(key);
  if (!elements.length) return null;
  if (data.boxes[key]) return !isOut(elements[0]) && elements[0].checked;
  const shown = elements.filter((one) => !isOut(one));
  if (!shown.length) return null;
  const first = shown[0];
  if (first.type === "radio") {
    const chosen = shown.find((one) => one.checked);
    return chosen ? answerOf(key, chosen.value) : null;
  }
  if (first.type === "checkbox") {
    if (["checkboxes", "object_checkboxes"].includes(data.kinds[key])) {
      return shown.filter((one) => one.checked && !one.dataset.role).map((one) => labelledValue(key, one.dataset.key));
    }
    return first.checked ? answerOf(key, first.value) : first.value === "False";
  }
  if (first.tagName === "SELECT" && first.multiple) return Array.from(first.selectedOptions, (one) => labelledValue(key, one.value));
  if (data.labels[key] && first.tagName === "INPUT" && first.value in data.labels[key]) return answerOf(key, data.labels[key][first.value]);
  return answerOf(key, first.value);
}

function labelledValue(key, option) {
  const entry = Object.entries(data.boxes).find(([, [field, one]]) => field === key && one === option);
  if (!entry) return answerOf(key, option);
  const variable = decodeURIComponent(escape(atob(entry[0].replace(/-/g, "+").replace(/_/g, "/"))));
  const inner = /\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(.*))\]$/.exec(variable);
  return inner ? inner[1] ?? inner[2] ?? inner[3] : option;
}

function val(variable) { return valueOf(keyOf(variable)); }
function getField(variable) { return elementsOf(keyOf(variable))[0] || null; }
function getFields() { return Object.keys(data.keys); }

function setField(variable, value) {
  const key = keyOf(variable);
  const elements = elementsOf(key);
  const wanted = Array.isArray(value) ? value : [value];
  for (const one of elements) {
    if (one.type === "radio") one.checked = same(answerOf(key, one.value), value);
    else if (one.type === "checkbox") one.checked = data.boxes[key] || elements.length === 1 ? Boolean(value) === (one.value !== "False" || Boolean(data.boxes[key])) : wanted.some((each) => same(labelledValue(key, one.dataset.key), each));
    else if (one.tagName === "SELECT") Array.from(one.options).forEach((each) => { each.selected = wanted.some((item) => same(answerOf(key, each.value), item)); });
    else one.value = value === null || value === undefined ? "" : value;
    one.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function same(one, other) {
  return String(one).toLowerCase() === String(other).toLowerCase();
}

/* ------------------------------------------------------------------ show if, hide if, enable if, disable if */

const boxes = all(".dashowif");

function holds(box) {
  if (box.dataset.jsshowif) {
    const number = all(".dajsshowif", box.closest("form") || document).filter((one) => one.dataset.saveas === box.dataset.saveas).indexOf(box);
    const made = window.engrossConditions || {};
    const names = Object.keys(made).filter((name) => name.startsWith(`${box.dataset.saveas}:`));
    const condition = made[names[number]];
    try { return Boolean(condition && condition()); } catch (error) { console.error(error); return false; }
  }
  const key = box.dataset.showifVar;
  if (!elementsOf(key).length) return box.dataset.showifSign === "1";
  const value = valueOf(key);
  const wanted = box.dataset.showifVal;
  if (Array.isArray(value)) return value.some((one) => same(one, wanted));
  if (value === null) return same("None", wanted) && elementsOf(key).some((one) => one.checked);
  return same(value, wanted);
}

function refresh() {
  for (let pass = 0; pass < 10; pass += 1) {
    let changed = false;
    for (const box of boxes) {
      const on = holds(box) === (box.dataset.showifSign === "1");
      const only = box.dataset.showifMode === "1";
      const now = on ? "in" : only ? "off" : "out";
      if (box.dataset.state !== now) {
        box.dataset.state = now;
        box.hidden = now === "out";
        changed = true;
      }
      box.dataset.ready = "";
    }
    if (!changed) break;
  }
  if (!form) return;
  for (const one of all("input, select, textarea", form)) {
    if ("removedMark" in one.dataset) continue;
    if (one.type === "hidden" && !one.closest(".dashowif, .engross-item")) continue;
    const off = Boolean(one.closest('.dashowif[data-state="out"], .dashowif[data-state="off"], [data-removed], [data-closed]')) || "byOther" in one.dataset;
    one.disabled = off || "reading" in one.dataset || "fixed" in one.dataset;
  }
}

/* ------------------------------------------------------------------ boxes that change other boxes */

function others(element) {
  const source = element.closest("[data-disable-others], [data-uncheck-others], [data-check-others]");
  if (!source) return;
  const holding = element.type === "checkbox" || element.type === "radio" ? element.checked : element.value !== "";
  const targets = (which) => (which === "true"
    ? all("input, select, textarea", form).filter((one) => one.type !== "hidden" && one.name !== element.name)
    : which.split(" ").flatMap(elementsOf));
  const marks = (list) => list.filter((one) => one.type === "checkbox");
  if (source.dataset.uncheckOthers && holding) marks(targets(source.dataset.uncheckOthers)).forEach((one) => { one.checked = false; });
  if (source.dataset.checkOthers && holding) marks(targets(source.dataset.checkOthers)).forEach((one) => { one.checked = true; });
  if (source.dataset.disableOthers) {
    targets(source.dataset.disableOthers).forEach((one) => {
      if (holding) one.dataset.byOther = ""; else delete one.dataset.byOther;
    });
  }
}

function noneAndAll(box) {
  if (box.type !== "checkbox" && box.tagName !== "SELECT") return;
  const set = box.closest("fieldset.engross-choices");
  if (!set || box.type !== "checkbox") return;
  const usual = all("input[type=checkbox]:not([data-role])", set);
  const none = set.querySelector("[data-role=none]");
  const every = set.querySelector("[data-role=all]");
  if (box.dataset.role === "none" && box.checked) { usual.forEach((one) => { one.checked = false; }); if (every) every.checked = false; }
  else if (box.dataset.role === "all") { usual.forEach((one) => { one.checked = box.checked; }); if (box.checked && none) none.checked = false; }
  else { if (box.checked && none) none.checked = false; if (every) every.checked = usual.length > 0 && usual.every((one) => one.checked); }
}

/* ------------------------------------------------------------------ several items of a list on one page */

function listItems() {
  const spare = document.querySelector(".engross-spare");
  const add = document.querySelector("[data-add-item]");
  if (spare) {
    spare.open = true;
    all(".engross-item", spare).forEach((one) => { one.dataset.closed = ""; });
  }
  all("[data-remove]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const item = button.closest(".engross-item");
      const out = !("removed" in item.dataset);
      if (out) item.dataset.removed = ""; else delete item.dataset.removed;
      const mark = item.querySelector("[data-removed-mark]");
      if (mark) mark.disabled = !out;
      item.querySelector(".dacollectremoved").hidden = !out;
      button.textContent = say(out ? "Keep this one" : "Remove this one");
      refresh();
    });
  });
  if (!add) return;
  const closed = () => all(".engross-item[data-closed]");
  add.hidden = closed().length === 0;
  add.addEventListener("click", () => {
    const next = closed()[0];
    if (!next) return;
    delete next.dataset.closed;
    add.hidden = closed().length === 0;
    refresh();
    const first = next.querySelector("input:not([type=hidden]), select, textarea");
    if (first) first.focus();
  });
}

/* ------------------------------------------------------------------ small comforts */

function counters() {
  all("[data-count-for]").forEach((line) => {
    const area = document.getElementById(line.dataset.countFor);
    const show = () => {
      const left = Number(area.maxLength) - area.value.length;
      line.hidden = left > Math.max(50, area.maxLength / 5);
      line.textContent = say("{} characters left", left);
    };
    area.addEventListener("input", show);
    show();
  });
  all("output[for]").forEach((output) => {
    const slider = document.getElementById(output.htmlFor.value);
    if (!slider) return;
    const show = () => { output.textContent = slider.value; };
    slider.addEventListener("input", show);
    show();
  });
}

function shownPasswords() {
  all("[data-show-password]").forEach((button) => {
    const box = document.getElementById(button.dataset.showPassword);
    const shows = (on) => { box.type = on ? "text" : "password"; button.setAttribute("aria-pressed", String(on)); };
    button.hidden = false;
    button.addEventListener("click", () => shows(box.type === "password"));
    form.addEventListener("submit", () => shows(false)); // so that browsers do not keep it among words
  });
}

function dateParts() {
  all("[data-date-parts]").forEach((set) => {
    const whole = document.getElementById(set.dataset.dateParts);
    const part = (name) => set.querySelector(`[data-part=${name}]`).value.trim();
    const join = () => {
      const [year, month, day] = [part("year"), part("month"), part("day")];
      whole.value = year || month || day ? `${month.padStart(2, "0")}/${day.padStart(2, "0")}/${year.padStart(4, "0")}` : "";
    };
    set.addEventListener("input", join);
  });
}

function comboboxes() {
  if (!window.accessibleAutocomplete) return;
  all("[data-combobox]").forEach((box) => {
    const input = box.querySelector("input");
    const choices = all("option", box).map((one) => one.value);
    const trigger = "lookup" in box.dataset ? Number(input.dataset.trigger) || 4 : 0;
    if ((choices.length < 1 && !trigger) || input.disabled) return;
    const { id, name, value, placeholder } = input;
    const described = input.getAttribute("aria-describedby");
    box.replaceChildren();
    window.accessibleAutocomplete({
      element: box, id, name, defaultValue: value, showAllValues: !trigger, autoselect: false, confirmOnBlur: false, minLength: trigger, placeholder,
      inputClasses: "form-control combobox", tNoResults: () => say("No matches"),
      source: trigger ? lookedUp(id) : (query, give) => give(choices.filter((one) => one.toLowerCase().includes(query.toLowerCase()))),
      onConfirm: () => setTimeout(changed, 0),
    });
    const made = box.querySelector("input");
    if (described && made) made.setAttribute("aria-describedby", described);
  });
}

/* Choices that the interview finds while somebody types: asked for when the typing rests, and only the newest answer counts. */
function lookedUp(key) {
  const sought = all("[data-sought]").find((one) => one.dataset.sought === key);
  let asked = 0;
  return (query, give) => {
    asked += 1;
    const mine = asked;
    setTimeout(async () => {
      if (mine !== asked) return;
      let choices = [];
      try {
        const content = new URLSearchParams({ _csrf: data.token, _i: data.interview, _screen: data.screen, _field: key, _text: query });
        const answer = await fetch(`${data.root}/interview/lookup`, { method: "POST", body: content, headers: { accept: "application/json" } });
        if (answer.ok) choices = (await answer.json()).choices;
      } catch (error) { console.warn(error); }
      if (mine !== asked) return;
      if (sought) sought.value = query;
      give(choices);
    }, 250);
  };
}

/* What stands in the page is told to the interview (`check in`) as it opens, when a field was changed, and now and then while somebody
   types; never twice the same. */
function checkIns() {
  if (!data.check_in || !form) return;
  all("[class^=datarget]").forEach((one) => one.setAttribute("aria-live", "polite"));
  let told = null;
  let under_way = false;
  const tell = async (changedKey) => {
    const content = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !value.startsWith("data:")) content.append(name, value);
    const now = content.toString();
    if (under_way || now === told) return;
    told = now;
    under_way = true;
    content.set("_changed", changedKey);
    try {
      const answer = await fetch(`${data.root}/interview/checkin`, { method: "POST", body: content, headers: { accept: "application/json" } });
      if (answer.ok && !state.busy) (await answer.json()).commands.forEach(obey);
    } catch (error) { console.warn(error); }
    under_way = false;
  };
  form.addEventListener("change", (event) => setTimeout(() => tell(event.target.dataset.of || event.target.name || ""), 50));
  setInterval(() => tell(""), data.check_in);
  tell("");
}

function obey(command) {
  if (command.action === "target") all(`.datarget${command.target.replace(/[^A-Za-z0-9_]/g, "")}`).forEach((one) => { one.innerHTML = command.value; });
  else if (command.action === "fields") {
    Object.entries(command.choices || {}).forEach(([key, choices]) => setChoices(key, choices));
    Object.entries(command.value || {}).forEach(([key, value]) => { const name = Object.keys(data.keys).find((one) => data.keys[one] === key); if (name) setField(name, value); });
  } else notify({ notify: command.action, said: command.value });
}

function setChoices(key, choices) {
  const list = elementsOf(key)[0];
  if (!list || list.tagName !== "SELECT") return;
  const before = list.value;
  const first = list.multiple ? [] : [list.options[0]];
  list.replaceChildren(...first, ...choices.map(([value, label]) => new Option(label, value, false, value === before)));
  data.options[key] = Object.fromEntries(choices.map(([value]) => [value, value]));
}

function popovers() {
  let open = null;
  const close = () => { if (open) { open.box.remove(); open.word.removeAttribute("aria-describedby"); open = null; } };
  const show = (word) => {
    close();
    const box = document.createElement("div");
    box.className = "engross-popover";
    box.id = "engross-popover";
    box.setAttribute("role", "tooltip");
    const content = word.dataset.bsContent || word.getAttribute("title") || "";
    if (word.dataset.bsHtml === "true") box.innerHTML = content; else box.textContent = content;
    document.body.append(box);
    const place = word.getBoundingClientRect();
    box.style.top = `${window.scrollY + place.bottom + 6}px`;
    box.style.left = `${Math.max(8, Math.min(place.left, document.documentElement.clientWidth - box.offsetWidth - 8))}px`;
    word.setAttribute("aria-describedby", box.id);
    open = { box, word };
  };
  all("[data-bs-toggle=popover], [data-bs-toggle=tooltip], .daterm").forEach((word) => {
    word.addEventListener("click", (event) => { event.preventDefault(); if (open && open.word === word) close(); else show(word); });
    word.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); word.click(); } });
    word.addEventListener("blur", close);
    if (data.popover === "hover") {
      word.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") show(word); });
      word.addEventListener("pointerleave", () => setTimeout(() => { if (open && open.word === word && !open.box.matches(":hover") && !word.matches(":hover")) close(); }, 300));
    }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("click", (event) => { if (open && !open.box.contains(event.target) && !open.word.contains(event.target)) close(); });
}

function menus() {
  document.addEventListener("click", (event) => all(".engross-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    all(".engross-menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
  all("form[data-confirm]").forEach((one) => one.addEventListener("submit", (event) => { if (!window.confirm(one.dataset.confirm)) { event.preventDefault(); event.stopImmediatePropagation(); } }));
}

/* ------------------------------------------------------------------ signature: draw or type */

function signatures() {
  all("[data-signature]").forEach((set) => {
    const canvas = set.querySelector("canvas");
    const picture = set.querySelector("[data-picture]");
    const typed = set.querySelector("[data-type] input");
    if (!window.SignaturePad || !canvas) return;
    const pad = new window.SignaturePad(canvas, { penColor: set.dataset.pen || "rgb(10, 20, 60)", minWidth: 1.2, maxWidth: 4 });
    const fit = () => {
      const width = canvas.offsetWidth;
      if (!width) return;
      const strokes = pad.toData();
      const ratio = Math.max(window.devicePixelRatio || 1, 1);
      canvas.width = width * ratio;
      canvas.height = canvas.offsetHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      pad.fromData(strokes);
    };
    const draws = (on) => {
      all("[data-draw]", set).forEach((one) => { one.hidden = !on; });
      set.querySelector("[data-type]").hidden = on;
      set.dataset.way = on ? "draw" : "type";
      if (on) fit();
    };
    set.querySelector("[data-switch=draw]").hidden = false;
    all("[data-switch]", set).forEach((button) => button.addEventListener("click", () => {
      draws(button.dataset.switch === "draw");
      (button.dataset.switch === "draw" ? set.querySelector("[data-clear]") : typed).focus();
    }));
    set.querySelector("[data-clear]").addEventListener("click", () => pad.clear());
    window.addEventListener("resize", fit);
    draws(true);
    set.engrossPicture = () => {
      if (set.dataset.way === "type") return typed.value.trim() ? drawn(typed.value.trim()) : "";
      return pad.isEmpty() ? "" : trimmed(canvas);
    };
    picture.form.addEventListener("submit", () => { picture.value = set.engrossPicture(); });
  });
}

function drawn(name) {
  const canvas = document.createElement("canvas");
  canvas.width = 900; canvas.height = 240;
  const pen = canvas.getContext("2d");
  pen.font = 'italic 84px "Segoe Script", "Bradley Hand", "Snell Roundhand", "Apple Chancery", cursive';
  pen.fillStyle = "rgb(10, 20, 60)";
  pen.textBaseline = "middle";
  pen.fillText(name, 30, 120, 840);
  return trimmed(canvas);
}

function trimmed(canvas) {
  const { width, height } = canvas;
  const dots = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (dots[(y * width + x) * 4 + 3]) { left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y); }
    }
  }
  if (right < left) return "";
  const cut = document.createElement("canvas");
  cut.width = right - left + 9; cut.height = bottom - top + 9;
  cut.getContext("2d").drawImage(canvas, left, top, right - left + 1, bottom - top + 1, 4, 4, right - left + 1, bottom - top + 1);
  return cut.toDataURL("image/png");
}

/* ------------------------------------------------------------------ files: one row each, with progress */

const LARGEST = 25 * 1024 * 1024;

function fileRows() {
  all("[data-files]").forEach((box) => {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector(".engross-file-list");
    input.addEventListener("change", async () => {
      await reading(input);
      list.replaceChildren();
      Array.from(input.files).forEach((file) => {
        const row = document.createElement("li");
        const size = file.size > 1048576 ? `${(file.size / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(file.size / 1024))} kB`;
        row.textContent = `${file.name} (${size})`;
        if (file.size > LARGEST) {
          const bad = document.createElement("span");
          bad.className = "engross-file-bad";
          bad.textContent = say("{} is too large. The most is {} MB.", file.name, LARGEST / 1048576);
          row.append(bad);
        }
        list.append(row);
      });
    });
  });
}

// While files are read (and made smaller) the input is disabled: tools such as ALKiln wait for that, and a form sent meanwhile waits, too.
function reading(input) {
  const hadFocus = document.activeElement === input;
  const read = (async () => {
    input.disabled = true;
    input.dataset.reading = "";
    await Promise.allSettled([smaller(input), new Promise((go) => setTimeout(go, 120))]);
    delete input.dataset.reading;
    refresh(); // enables it, unless it was hidden meanwhile
    if (hadFocus && document.activeElement === document.body) input.focus();
  })();
  state.reading = Promise.all([state.reading, read]).then(() => null);
  const mine = state.reading;
  mine.then(() => { if (state.reading === mine) state.reading = null; });
  return read;
}

async function smaller(input) {
  const most = Number(input.dataset.maxSize);
  if (!most || !window.createImageBitmap || !window.DataTransfer) return;
  const kept = new DataTransfer();
  for (const file of input.files) {
    let made = file;
    if (/^image\/(jpeg|png|webp)$/.test(file.type)) {
      try {
        const picture = await createImageBitmap(file);
        const scale = most / Math.max(picture.width, picture.height);
        if (scale < 1) {
          const canvas = document.createElement("canvas");
          canvas.width = Math.round(picture.width * scale); canvas.height = Math.round(picture.height * scale);
          canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
          const kind = input.dataset.imageType ? `image/${input.dataset.imageType.replace("jpg", "jpeg")}` : file.type;
          const blob = await new Promise((give) => canvas.toBlob(give, kind, 0.9));
          if (blob) made = new File([blob], file.name.replace(/\.[^.]+$/, kind === "image/png" ? ".png" : ".jpg"), { type: kind });
        }
      } catch (error) { console.warn(error); }
    }
    kept.items.add(made);
  }
  input.files = kept.files;
}

function hasFiles() {
  return form && all("input[type=file]", form).some((one) => !one.disabled && one.files.length);
}

function sendWithProgress(submitter) {
  const content = new FormData(form);
  if (submitter && submitter.name) content.append(submitter.name, submitter.value);
  content.append("_want", "json");
  const lists = all(".engross-file-list");
  const bar = document.createElement("li");
  const progress = document.createElement("progress");
  progress.max = 100; progress.setAttribute("aria-label", say("Sending {}%", ""));
  const words = document.createElement("span");
  bar.append(words, progress);
  if (lists.length) lists[lists.length - 1].append(bar);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const part = Math.round((event.loaded / event.total) * 100);
    progress.value = part;
    words.textContent = say("Sending {}%", part);
  });
  const failed = () => { bar.remove(); rest(); flash(say("We could not send the file. Check your connection and press the button again."), "danger"); };
  request.addEventListener("error", failed);
  request.addEventListener("timeout", failed);
  request.addEventListener("load", () => {
    let answer = null;
    try { answer = JSON.parse(request.responseText); } catch (error) { answer = null; }
    if (answer && answer.go) { state.leaving = true; window.location.assign(answer.go); return; }
    bar.remove();
    rest();
    if (answer && answer.errors) { showErrors(answer.errors); return; }
    flash((answer && answer.message) || say("We could not send the file. Check your connection and press the button again."), "danger");
  });
  request.send(content);
}

function showErrors(errors) {
  all(".engross-problem, .da-has-error.engross-live-error").forEach((one) => one.remove());
  const box = document.createElement("div");
  box.className = "engross-problem alert-danger"; box.id = "engross-problem"; box.tabIndex = -1; box.setAttribute("role", "alert");
  const title = document.createElement("h2"); title.textContent = say("There is a problem");
  const list = document.createElement("ul");
  Object.entries(errors).forEach(([key, message]) => {
    const line = document.createElement("li"); const link = document.createElement("a");
    link.href = `#${key}`; link.textContent = message; line.append(link); list.append(line);
    const field = document.getElementById(key);
    if (field) {
      const note = document.createElement("p"); note.className = "da-has-error engross-live-error"; note.id = `${key}-error`; note.textContent = message;
      field.before(note); field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-describedby", note.id);
    }
  });
  box.append(title, list);
  form.before(box);
  box.focus();
}

/* ------------------------------------------------------------------ sending once */

function rest() {
  state.busy = false;
  all("[data-busy]").forEach((one) => { delete one.dataset.busy; });
  all(".engross-busy").forEach((one) => one.remove());
}

function guards() {
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (state.busy) { event.preventDefault(); return; }
    const submitter = event.submitter;
    if (submitter && "disabled" in submitter.dataset) { event.preventDefault(); return; }
    if (state.reading && event.target === form) { event.preventDefault(); state.reading.then(() => form.requestSubmit(submitter)); return; }
    state.busy = true;
    const set = (submitter && submitter.closest(".engross-buttons")) || event.target;
    set.dataset.busy = "";
    const target = submitter && submitter.hasAttribute("formaction") ? submitter.formAction : event.target.action;
    if (event.target === form && target === form.action && hasFiles()) { event.preventDefault(); sendWithProgress(submitter); return; }
    setTimeout(() => {
      if (!state.busy || !set.isConnected) return;
      const note = document.createElement("p");
      note.className = "engross-busy"; note.setAttribute("role", "status"); note.textContent = say("Please wait…");
      set.append(note);
    }, 1500);
    setTimeout(rest, 20000);
  });
  window.addEventListener("pageshow", rest);
}

/* ------------------------------------------------------------------ waiting for papers */

function waiting() {
  const box = document.getElementById("engross-waiting");
  if (!box && !data.reload && !data.waiting && !data.listen) return;
  const listensOnly = !box && !data.reload && !data.waiting;
  const main = document.getElementById("daquestion");
  ["keydown", "pointerdown"].forEach((kind) => main.addEventListener(kind, () => { state.touched = true; }));
  let fails = 0;
  let finished = false;
  const goOn = () => {
    if (finished || listensOnly) return;
    finished = true;
    const asks = box && (box.dataset.goOn === "button" || state.touched || document.visibilityState !== "visible");
    if (!asks) { state.leaving = true; sessionStorage.setItem("engross-focus", "1"); window.location.replace(here); return; }
    const button = document.getElementById("engross-go");
    if (button) { button.hidden = false; const live = document.getElementById("engross-live"); live.textContent = say("Your papers are ready."); }
  };
  const update = (told) => {
    if (!box || !told.papers) return;
    const done = told.papers.filter((one) => one.state === "done").length;
    const bar = box.querySelector("progress");
    if (bar) { bar.hidden = told.papers.length < 2; bar.max = told.papers.length || 1; bar.value = done; }
    const live = document.getElementById("engross-live");
    const words = told.papers.length > 1 ? say("{} of {} papers are ready.", done, told.papers.length) : live.textContent;
    if (live.textContent !== words) live.textContent = words;
    if (told.rows) box.querySelector(".engross-paper-list").innerHTML = told.rows;
  };
  const poll = async (after) => {
    if (finished) return;
    try {
      const answer = await fetch(`${data.root}/interview/state?i=${encodeURIComponent(data.interview)}&after=${data.heard || 0}`, { headers: { accept: "application/json" } });
      const told = await answer.json();
      if (told.ready) { goOn(); return; }
      update(told);
    } catch (error) { console.warn(error); }
    setTimeout(() => poll(Math.min(after * 2, 8)), after * 1000);
  };
  const listen = () => {
    const source = new EventSource(`${data.root}/interview/events?i=${encodeURIComponent(data.interview)}&after=${data.heard || 0}`);
    source.addEventListener("state", (event) => { fails = 0; update(JSON.parse(event.data)); });
    source.addEventListener("changed", () => { if (data.reload && !state.touched && !finished) { finished = true; source.close(); window.location.replace(here); } });
    source.addEventListener("notice", (event) => notify(JSON.parse(event.data)));
    source.addEventListener("ready", () => { source.close(); goOn(); });
    source.addEventListener("error", () => { fails += 1; if (fails >= 2) { source.close(); poll(1); } });
    window.addEventListener("pagehide", () => source.close());
  };
  if (window.EventSource) listen(); else poll(1);
  if (data.reload) setTimeout(() => { if (!state.touched || !box) { sessionStorage.setItem("engross-focus", ""); window.location.replace(here); } }, data.reload * 1000);
}

/* ------------------------------------------------------------------ what interviews' own scripts call */

/* What a background task was to do with its result: load the page again, say something, or run the author's script. A page that
   somebody types in is not taken away. */
function notify(told) {
  if (told.notify === "refresh") {
    if (!state.touched && !state.typed) window.location.replace(here);
  } else if (told.notify === "flash" && told.said) {
    flash(told.said);
  } else if (told.notify === "javascript" && told.said) {
    const script = document.createElement("script");
    script.nonce = (document.querySelector("script[nonce]") || {}).nonce || "";
    script.textContent = told.said;
    document.body.append(script);
    script.remove();
  }
}

function flash(message, priority = "info", clear = false) {
  const place = document.getElementById("daflash");
  if (!place) return;
  if (clear) place.replaceChildren();
  if (message === null || message === undefined) return;
  const box = document.createElement("div");
  box.className = `alert alert-${priority} da-alert`;
  box.setAttribute("role", "alert");
  box.innerHTML = message;
  place.append(box);
  place.scrollIntoView({ block: "nearest" });
}

function encoded(action, given) {
  const bytes = new TextEncoder().encode(JSON.stringify({ action, arguments: given || {} }));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}

function url_action(action, given) { return `${here}&action=${encodeURIComponent(encoded(action, given))}`; }

function action_call(action, given, callback, ...more) {
  const content = new URLSearchParams({ _csrf: data.token, _i: data.interview, _screen: data.screen, _action: encoded(action, given), _want: "json" });
  return fetch(`${data.root}/interview/action`, { method: "POST", body: content, headers: { accept: "application/json" } })
    .then((answer) => ((answer.headers.get("content-type") || "").includes("json") ? answer.json() : answer.text()))
    .then((told) => { if (callback) callback(told, ...more); return told; });
}

function action_perform(action, given) {
  const sent = document.createElement("form");
  sent.method = "post";
  sent.action = `${data.root}/interview/action`;
  Object.entries({ _csrf: data.token, _i: data.interview, _screen: data.screen, _action: encoded(action, given) }).forEach(([name, value]) => {
    const one = document.createElement("input");
    one.type = "hidden"; one.name = name; one.value = value;
    sent.append(one);
  });
  document.body.append(sent);
  sent.submit();
}

function action_perform_with_next(action, given, next) { action_perform(action, next === undefined ? given : { ...given, next_data: next }); }
function get_interview_variables(callback) {
  return fetch(`${data.root}/interview/variables?i=${encodeURIComponent(data.interview)}`, { headers: { accept: "application/json" } })
    .then((answer) => answer.json())
    .then((told) => { if (callback) callback(told); return told; });
}
function url_action_call(...given) { return action_call(...given); }
function daSetNavbarHidden() {}

const offered = { val, getField, getFields, setField, flash, url_action, url_action_call, action_call, action_perform, action_perform_with_next, get_interview_variables };
Object.entries(offered).forEach(([name, work]) => {
  if (!(name in window)) window[name] = work;
  window[`da_${name}`] = work;
});
Object.assign(window, {
  daGetField: getField, daGetFields: getFields, daVal: val, daSetField: setField, daFlash: flash, daSetNavbarHidden,
  daShowIfInProcess: false, daThisForm: form, daSought: data.sought,
});

/* ------------------------------------------------------------------ links that act */

function actionLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href*='action=']");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || link.target === "_blank" || link.hasAttribute("download")) return;
    const address = new URL(link.href, window.location.href);
    if (address.origin !== window.location.origin || !address.pathname.endsWith("/interview")) return;
    event.preventDefault();
    if (state.busy) return;
    if (link.matches(".datableup, .databledown")) {
      const up = link.matches(".datableup");
      sessionStorage.setItem("engross-row", JSON.stringify([link.dataset.tablename, Number(link.dataset.tableitem) + (up ? -1 : 1), up ? "datableup" : "databledown"]));
    }
    state.busy = true;
    setTimeout(rest, 20000);
    const action = address.searchParams.get("action");
    const sent = document.createElement("form");
    sent.method = "post"; sent.action = `${data.root}/interview/action`;
    Object.entries({ _csrf: data.token, _i: data.interview, _screen: data.screen, _action: action }).forEach(([name, value]) => {
      const one = document.createElement("input"); one.type = "hidden"; one.name = name; one.value = value; sent.append(one);
    });
    document.body.append(sent);
    sent.submit();
  });
}

/* A row that was moved keeps the focus, so that it can be moved on: on the same button, or on the other at the end of the table. */
function movedRow() {
  const kept = JSON.parse(sessionStorage.getItem("engross-row") || "null");
  sessionStorage.removeItem("engross-row");
  if (!kept) return;
  const [table, item, button] = kept;
  const buttons = all(".datableup, .databledown").filter((one) => one.dataset.tablename === table && Number(one.dataset.tableitem) === item && one.hasAttribute("href"));
  const found = buttons.find((one) => one.classList.contains(button)) || buttons[0];
  if (found) found.focus();
}

function changed() { refresh(); }

/* Leave at once: this page's place in the history is taken by the other site; three times Escape does it too. */
function quickExit() {
  const link = document.getElementById("engross-exit");
  if (!link) return;
  let presses = [];
  const leave = (event) => { event.preventDefault(); document.body.hidden = true; window.location.replace(link.href); };
  link.addEventListener("click", leave);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") { presses = []; return; }
    presses = [...presses.filter((at) => event.timeStamp - at < 2000), event.timeStamp];
    if (presses.length >= 3) leave(event);
  });
}

/* Rules that data types of the interview's modules bring ($.validator.addMethod); the server checks the answers again. */
function typeRules() {
  const $ = window.jQuery;
  if (!form || !$ || !$.validator) return;
  const mark = (field, is) => {
    field.classList.toggle("is-invalid", is);
    if (is) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
  };
  $(form).validate({
    ignore: ":not([data-custom])",
    errorElement: "p",
    errorClass: "da-has-error",
    highlight: (field) => mark(field, true),
    unhighlight: (field) => mark(field, false),
    onfocusout: false, // a message that goes when the button is pressed would move the button away
    errorPlacement: (error, field) => { error.addClass("invalid-feedback d-block engross-live-error"); field.before(error); },
  });
  form.addEventListener("input", (event) => { if (event.target.matches("[data-custom].is-invalid")) $(form).validate().element(event.target); });
}

/* The interview's scripts, one after the other; each as a script of its own, so that a mistake in one stops no other. */
async function authorScripts() {
  for (const written of all('script[type="text/plain"][data-author]')) {
    const script = document.createElement("script");
    for (const { name, value } of written.attributes) if (!["type", "data-author", "nonce"].includes(name)) script.setAttribute(name, value);
    script.nonce = written.nonce;
    script.textContent = written.textContent;
    const comes = script.src ? new Promise((done) => { script.async = false; script.onload = done; script.onerror = done; }) : null;
    written.replaceWith(script);
    if (comes) await comes;
  }
}

function start() {
  window.engross = { version: 1 };
  listItems();
  signatures();
  dateParts();
  shownPasswords();
  checkIns();
  comboboxes();
  counters();
  fileRows();
  popovers();
  menus();
  guards();
  actionLinks();
  quickExit();
  typeRules();
  if (form) {
    form.addEventListener("change", (event) => { noneAndAll(event.target); others(event.target); refresh(); });
    form.addEventListener("input", (event) => { if (event.target.type !== "checkbox" && event.target.type !== "radio") { others(event.target); refresh(); } });
    all("[data-disable-others]", form).forEach((set) => all("input, select, textarea", set.matches("input") ? set.parentNode : set).filter((one) => one.checked).forEach(others));
  }
  refresh();
  waiting();
  if (window.history.replaceState && data.interview) window.history.replaceState(null, "", `${here}#page${data.page}`);
  const problem = document.getElementById("engross-problem");
  if (problem) problem.focus();
  else if (sessionStorage.getItem("engross-focus")) document.getElementById("daMainQuestion").focus();
  sessionStorage.removeItem("engross-focus");
  movedRow();
  authorScripts().then(() => document.dispatchEvent(new Event("daPageLoad")));
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
