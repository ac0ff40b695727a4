// Draws the report: language, theme, pages, charts, tables. All content comes from the JSON block
// and goes into the page as text, never as markup.
"use strict";
(() => {
  const root = document.documentElement;
  const content = JSON.parse(document.getElementById("content").textContent);
  const datasets = {};
  const listeners = [];
  const views = new Map();
  let drawing = Promise.resolve();
  let round = 0;

  const language = () => root.lang;
  // what the page says, in English: the catalogue of the language has it by context and text
  const sayIn = (context, message, values = {}) => {
    const key = context ? `${context}\u0004${message}` : message;
    const text = content.messages[language()][key] ?? message;
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
  const say = (message, values) => sayIn("", message, values);
  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const expand = ({ columns, rows }) =>
    rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  const rowsOf = (name) => (datasets[name] ??= expand(content.datasets[name]));

  // every `data: {name: …}` of a specification gets the rows of the shared dataset
  const withData = (spec) => {
    if (Array.isArray(spec)) return spec.map(withData);
    if (spec === null || typeof spec !== "object") return spec;
    return Object.fromEntries(Object.entries(spec).map(([key, value]) =>
      key === "data" && value?.name in content.datasets
        ? [key, { values: rowsOf(value.name).map((row) => ({ ...row })) }]
        : [key, withData(value)]));
  };

  const show = (value) => {
    if (value === null || value === undefined) return "–";
    if (typeof value === "number") {
      return value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 1 });
    }
    if (typeof value === "boolean") return value ? "✓" : "✗";
    return String(value);
  };

  // a column x_zh is shown in Chinese only, x_en in English only
  const table = ({ headings, columns, rows }) => {
    const others = content.languages.filter((code) => code !== language()).map((code) => content.suffixes[code]);
    const shown = columns.map((_, i) => i).filter((i) => !others.some((ending) => columns[i].endsWith(ending)));
    const isFigure = (i) => rows.some((row) => typeof row[i] === "number");
    const result = make("table");
    const head = result.createTHead().insertRow();
    for (const i of shown) {
      const cell = make("th", headings[i][content.languages.indexOf(language())], isFigure(i) ? "figure" : "");
      cell.scope = "col";
      head.append(cell);
    }
    const body = result.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const i of shown) line.append(make("td", show(row[i]), isFigure(i) ? "figure" : ""));
    }
    return result;
  };

  const fill = (holder) => {
    const key = holder.dataset.table;
    holder.querySelector(".tabled")?.remove();
    if (holder.tagName === "DETAILS" && !holder.open) return;
    const box = make("div", undefined, "tabled");
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-labelledby", `${key}-title`);
    box.append(table(content.tables[key]));
    holder.append(box);
  };

  const draw = async (element, current) => {
    if (current !== round) return;
    views.get(element)?.finalize();
    const { figure, panel } = element.dataset;
    const spec = withData(content.charts[figure][language()][Number(panel)]);
    const note = document.getElementById(`${figure}-note`).querySelector(`[lang="${language()}"]`);
    spec.description ??= note.textContent;
    spec.autosize ??= { type: "fit-x", contains: "padding" };
    const result = await vegaEmbed(element, spec, {
      config: content.themes[root.dataset.theme], renderer: "svg", actions: false,
      tooltip: { theme: root.dataset.theme },
    });
    views.set(element, result);
    element.dataset.drawn = `${language()} ${root.dataset.theme}`;
  };

  // the page that is looked at comes first, the others follow one chart at a time
  const drawAll = () => {
    const current = ++round;
    const charts = [...document.querySelectorAll(".chart")];
    const isHidden = (element) => element.closest(".page").hidden;
    charts.sort((a, b) => isHidden(a) - isHidden(b));
    for (const element of charts) delete element.dataset.drawn;
    drawing = charts.reduce(
      (before, element) => before.then(() => draw(element, current)).catch((error) => console.error(error)),
      drawing,
    );
    document.querySelectorAll("[data-table]").forEach(fill);
    for (const listener of listeners) listener();
  };

  // one of several panels is shown; the others keep their width, which their charts are drawn to
  const pick = (select) => {
    const panels = [...document.getElementById(select.dataset.picks).querySelectorAll(".panel")];
    const picked = Math.max(select.selectedIndex, 0);
    const headings = panels.map((panel) => panel.querySelector(`h4 [lang="${language()}"]`).textContent);
    select.replaceChildren(...headings.map((heading) => make("option", heading)));
    select.selectedIndex = picked;
    panels.forEach((panel, i) => panel.classList.toggle("aside", i !== picked));
  };

  const turnTo = () => {
    const wanted = location.hash.slice(1).split("/")[0];
    const pages = [...document.querySelectorAll(".page")];
    const shown = pages.find((page) => page.id === wanted) ?? pages[0];
    for (const page of pages) page.hidden = page !== shown;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.hash === `#${shown.id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };

  // pages opened from a disk may share one memory: another's word for a language or theme is none here
  const remembered = (key, known) => {
    try { return known.find((one) => one === localStorage.getItem(key)); } catch { return undefined; }
  };
  const remember = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window */ } };
  const dress = (lang, theme) => {
    root.lang = lang;
    root.dataset.theme = theme;
    document.getElementById("theme").setAttribute("aria-pressed", String(theme === "dark"));
    drawAll();
  };

  // what components of the report build upon
  window.report = {
    content, language, make, say, sayIn, show,
    onDress: (listener) => { listeners.push(listener); listener(); },
  };

  document.getElementById("language").addEventListener("click", () => {
    const { languages } = content;
    const lang = languages[(languages.indexOf(language()) + 1) % languages.length];
    remember("language", lang);
    dress(lang, root.dataset.theme);
  });
  document.getElementById("theme").addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    remember("theme", theme);
    dress(language(), theme);
  });
  document.querySelectorAll("details[data-table]").forEach((holder) =>
    holder.addEventListener("toggle", () => fill(holder)));
  document.querySelectorAll("[data-picks]").forEach((select) => {
    listeners.push(() => pick(select));
    select.addEventListener("change", () => pick(select));
  });
  window.addEventListener("hashchange", () => { turnTo(); window.scrollTo(0, 0); });

  // the browser's language, or another form of it (zh for zh-TW), or English
  const wished = () => {
    const base = (code) => code.split("-")[0];
    return content.languages.find((code) => code === navigator.language)
      ?? content.languages.find((code) => base(code) === base(navigator.language)) ?? "en";
  };

  turnTo();
  dress(
    remembered("language", content.languages) ?? wished(),
    remembered("theme", ["light", "dark"]) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"),
  );
})();
