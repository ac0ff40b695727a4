// The call list: search, filters, order, pages of rows; and the card of the customer whom the
// address names, #customers/<id>. All values go in as text.
"use strict";
(() => {
  const { content, language, make, onDress, say, sayIn } = window.report;
  const key = "call-list";
  const root = document.querySelector(`[data-component="${key}"]`);
  const home = `#${root.closest(".page").id}`;
  const { texts, columns, rows, horizon_months: horizon } = content.components[key];
  const customers = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  const find = (selector) => root.querySelector(selector);
  const [list, card, form, count] = [".list", ".customer", "form", ".count"].map(find);
  const [before, next] = ["[name=before]", "[name=next]"].map(find);
  const PAGE = 50;

  const textOf = (i) => (i === null ? null : texts[i][content.languages.indexOf(language())]);
  const number = (value, digits = 0) => value === null ? "–"
    : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const signed = (value) => (value > 0 ? `+${value}` : value < 0 ? `−${-value}` : "±0");
  const nameOf = (customer) => customer.name ?? customer.id;
  const hashOf = (customer) => `${home}/${encodeURIComponent(customer.id)}`;
  const link = (customer, text) => {
    const anchor = make("a", text);
    anchor.href = hashOf(customer);
    return anchor;
  };

  // what is looked through, in all languages: the search does not depend on the one that is shown
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  for (const customer of customers) {
    const labels = ["kind", "region", "action", "tier"].map((name) => customer[name]);
    customer.text = plain([customer.id, customer.name ?? "",
      ...labels.filter((i) => i !== null).flatMap((i) => texts[i])].join(" "));
  }

  // heading, value to order by, what the cell shows, and whether a narrow screen can do without
  const COLUMNS = [
    { key: "call_rank", title: () => say("Rank"), value: (c) => c.call_rank, isFigure: true },
    { key: "name", title: () => say("Customer"), value: nameOf,
      fill: (cell, c) => cell.append(link(c, nameOf(c)), make("small", c.name === null ? "" : c.id)) },
    { key: "kind", title: () => say("Type"), value: (c) => textOf(c.kind), isExtra: true },
    { key: "region", title: () => say("Region"), value: (c) => textOf(c.region), isExtra: true },
    { key: "tier", title: () => sayIn("call list", "Tier"), value: (c) => textOf(c.tier), isExtra: true },
    { key: "ladder_level", title: () => say("Ladder"), value: (c) => c.ladder_level, isExtra: true, isFigure: true },
    { key: "satisfaction_index", title: () => sayIn("call list", "Index"), value: (c) => c.satisfaction_index, digits: 1, isFigure: true },
    { key: "action", title: () => say("Action"), value: (c) => textOf(c.action) },
    { key: "due_on", title: () => say("Due"), value: (c) => c.due_on, isDate: true },
  ];
  const state = { sort: "call_rank", isDown: false, page: 0, shown: null };

  const matching = () => {
    const words = plain(form.elements.words.value).split(/\s+/).filter(Boolean);
    const chosen = ["action", "tier"].filter((name) => form.elements[name].value !== "");
    const column = COLUMNS.find((one) => one.key === state.sort);
    const collator = new Intl.Collator(language());
    const values = new Map(customers.map((c) => [c, column.value(c)]));
    const compare = (a, b) => {
      const [x, y] = [values.get(a), values.get(b)];
      // who has no value comes last, whichever way it is ordered
      if (x === null || y === null) return (x === null) - (y === null);
      const order = typeof x === "number" ? x - y : collator.compare(x, y);
      return state.isDown ? -order : order;
    };
    return customers
      .filter((c) => words.every((word) => c.text.includes(word))
        && chosen.every((name) => String(c[name]) === form.elements[name].value))
      .sort((a, b) => compare(a, b) || a.call_rank - b.call_rank);
  };

  const options = (name) => {
    const select = form.elements[name];
    const chosen = select.value;
    const counts = new Map();
    for (const c of customers) if (c[name] !== null) counts.set(c[name], (counts.get(c[name]) ?? 0) + 1);
    const made = [...counts].map(([i, n]) => new Option(`${textOf(i)} (${n})`, String(i)));
    if (name === "tier") made.sort((a, b) => a.text.localeCompare(b.text, language()));
    select.replaceChildren(new Option(say("All"), ""), ...made);
    select.value = chosen;
  };

  const heading = (column) => {
    const cell = make("th", undefined, [column.isExtra && "extra", column.isFigure && "figure"].filter(Boolean).join(" "));
    const isSorted = state.sort === column.key;
    cell.scope = "col";
    cell.setAttribute("aria-sort", isSorted ? (state.isDown ? "descending" : "ascending") : "none");
    const button = make("button", column.title());
    button.type = "button";
    button.dataset.sort = column.key;
    button.addEventListener("click", () => {
      Object.assign(state, { isDown: isSorted && !state.isDown, sort: column.key, page: 0 });
      showList();
      find(`[data-sort="${column.key}"]`).focus();
    });
    cell.append(button);
    return cell;
  };

  const line = (customer) => {
    const row = make("tr");
    for (const column of COLUMNS) {
      const cell = make(column.key === "name" ? "th" : "td", undefined,
        [column.isExtra && "extra", column.isFigure && "figure", column.isDate && "date"].filter(Boolean).join(" "));
      if (column.key === "name") cell.scope = "row";
      const value = column.value(customer);
      if (column.fill) column.fill(cell, customer);
      else cell.textContent = column.isFigure ? number(value, column.digits) : value ?? "–";
      row.append(cell);
    }
    return row;
  };

  const showList = () => {
    const found = matching();
    state.page = Math.max(0, Math.min(state.page, Math.ceil(found.length / PAGE) - 1));
    const from = state.page * PAGE;
    const shown = found.slice(from, from + PAGE);
    const head = make("tr");
    head.append(...COLUMNS.map(heading));
    find("thead").replaceChildren(head);
    find("tbody").replaceChildren(...shown.map(line));
    count.textContent = found.length === 0
      ? say("No customer fits.")
      : say("{n} customers, {from}–{to} shown", { n: found.length, from: from + 1, to: from + shown.length });
    before.disabled = state.page === 0;
    next.disabled = from + PAGE >= found.length;
  };

  const facts = (pairs) => {
    const all = make("dl");
    for (const [name, value] of pairs) {
      const one = make("div");
      one.append(make("dt", name), make("dd", value));
      all.append(one);
    }
    return all;
  };

  const table = (caption, headings, body) => {
    const box = make("div", undefined, "tabled");
    const all = make("table");
    const head = all.createTHead().insertRow();
    for (const [text, className] of headings) {
      const cell = make("th", text, className);
      cell.scope = "col";
      head.append(cell);
    }
    const lines = all.createTBody();
    for (const cells of body) {
      const row = lines.insertRow();
      cells.forEach((cell, i) => {
        const at = make("td", undefined, headings[i][1]);
        at.append(cell);
        row.append(at);
      });
    }
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", caption);
    box.append(all);
    return box;
  };

  // as long as the factor could give, filled as far as it does: what is empty is lost
  const bar = (given, lost, most) => {
    const whole = make("span", undefined, "bar");
    const part = make("span");
    whole.setAttribute("aria-hidden", "true");
    whole.style.width = `${(100 * (given + lost)) / most}%`;
    part.style.width = `${(100 * given) / (given + lost || 1)}%`;
    whole.append(part);
    return whole;
  };

  const complained = (c) => {
    const figures = { complaint: c.complaint, day: c.complained_on, n: c.n_open_complaints };
    if (c.n_open_complaints > 1) return say("Complaint {complaint} is open since {day} ({n} in all)", figures);
    return say("Complaint {complaint} is open since {day}", figures);
  };

  const why = (c) => [
    c.complaint && complained(c),
    c.left_since && say("No longer a customer since {left}: {days} days since the last purchase, at the end of {month}",
      { left: c.left_since, days: number(c.recency_days), month: c.month }),
    c.is_active === false && !c.left_since
      && say("No longer active: {days} days since the last purchase, at the end of {month}",
        { days: number(c.recency_days), month: c.month }),
    textOf(c.relation),
    c.weakest !== null && say("Weakest factor: {factor} costs {points} points",
      { factor: textOf(c.weakest), points: number(c.weakest_lost, 1) }),
    c.events.length > 0 && say("Latest on the ladder, {month}: {reason}",
      { month: c.events[0][0], reason: textOf(c.events[0][4]) }),
  ].filter(Boolean);

  const worth = (c) => {
    if (c.expected_value === null) return "–";
    const figures = { months: horizon, value: number(c.expected_value) };
    if (c.is_value_reliable) return say("within {months} months: {value}", figures);
    return say("within {months} months: {value} (not reliable)", figures);
  };

  const indexPart = (c) => {
    const part = make("section");
    const verdict = say("Overall verdict: {level} of 5", { level: c.overall_level });
    const none = c.overall_level === null ? say("No satisfaction index") : verdict;
    const title = c.satisfaction_index === null ? none
      : say("Satisfaction index {index}: what each factor gives", { index: number(c.satisfaction_index, 1) });
    part.append(make("h5", title));
    if (c.factors.length === 0) {
      const few = say("Too few answers on satisfaction.");
      const whole = say("{survey}. No answers on single factors.", { survey: textOf(c.survey) });
      part.append(make("p", c.overall_level === null || c.survey === null ? few : whole, "note"));
      return part;
    }
    const most = Math.max(...c.factors.map(([, , given, lost]) => given + lost));
    const note = say("{survey}. A bar is as long as the factor could give; what is empty is lost.", { survey: textOf(c.survey) });
    part.append(make("p", note, "note"));
    part.append(table(title, [[say("Factor"), ""], [say("Score (0–100)"), "figure"], ["", "bars"],
      [say("Gives"), "figure"], [sayIn("points", "Lost"), "figure"]],
    c.factors.map(([factor, score, given, lost]) =>
      [textOf(factor), number(score), bar(given, lost, most), number(given, 1), number(lost, 1)])));
    return part;
  };

  const ladderPart = (c) => {
    const part = make("section");
    const title = c.left_since ? say("Has left, and stands on no level of the loyalty ladder")
      : c.ladder_level === null ? say("Not on the loyalty ladder: no transactions")
      : say("Loyalty ladder: level {level}, {label}", { level: c.ladder_level, label: textOf(c.ladder_label) });
    part.append(make("h5", title));
    if (c.events.length > 0) {
      part.append(table(title, [[say("Month"), "date"], [say("Change"), "figure"], [say("Level"), "figure"], [say("Reason"), ""]],
        c.events.map(([month, from, change, to, reason, author, note, level]) => [
          month, change === null ? "–" : signed(change), level === null ? `${from} → ${to}` : `→ ${level}`,
          [textOf(reason), note, author && `— ${author}`].filter(Boolean).join(" · ")])));
    } else if (c.ladder_level !== null) {
      part.append(make("p", say("Nothing has moved the customer."), "note"));
    }
    if (c.tier !== null) {
      part.append(make("h5", say("Tier: {tier}", { tier: textOf(c.tier) })), make("p", textOf(c.tier_reason)));
    }
    return part;
  };

  const showCard = (c) => {
    const order = matching();
    const at = order.indexOf(c);
    const steps = make("p", undefined, "steps");
    const back = make("a", say("← Back to the list"));
    back.href = home;
    steps.append(back);
    if (at > 0) steps.append(link(order[at - 1], sayIn("customer", "Previous")));
    if (at >= 0 && at < order.length - 1) steps.append(link(order[at + 1], sayIn("customer", "Next")));
    const title = make("h4", nameOf(c));
    title.id = "customer-name";
    title.tabIndex = -1;
    const todo = make("div", undefined, "todo");
    const reasons = make("ul");
    reasons.append(...why(c).map((text) => make("li", text)));
    todo.append(make("h5", say("What to do")),
      make("p", say("{action} (by {day}; number {rank} of the list)",
        { action: textOf(c.action), day: c.due_on, rank: c.call_rank })), reasons);
    const halves = make("div", undefined, "halves");
    halves.append(indexPart(c), ladderPart(c));
    const repeat = { percent: number(c.repeat_percent) };
    const again = c.repeat_percent === null ? "–"
      : c.repeat_source === "stated" ? say("{percent} % (stated)", repeat) : say("{percent} % (modelled)", repeat);
    card.replaceChildren(steps, title, todo, facts([
      [say("Id"), c.id],
      [say("Type"), textOf(c.kind) ?? "–"],
      [say("Region"), textOf(c.region) ?? "–"],
      [say("Overall verdict"), c.overall_level === null ? "–" : say("{level} of 5", { level: c.overall_level })],
      [say("Loyalty class"), textOf(c.loyalty_class) ?? "–"],
      [say("Will buy again"), again],
      [say("Open complaints"), number(c.n_open_complaints)],
      [say("Bought within the window"), number(c.amount)],
      [say("Expected value"), worth(c)],
    ]), halves);
  };

  const wanted = () => {
    const [page, ...rest] = location.hash.split("/");
    if (page !== home || rest.length === 0) return null;
    try {
      return decodeURIComponent(rest.join("/"));
    } catch {
      return rest.join("/"); // typed by hand, with a per cent sign of its own
    }
  };

  const route = (isMove) => {
    const id = wanted();
    const chosen = customers.find((c) => c.id === id) ?? null;
    list.hidden = chosen !== null;
    card.hidden = chosen === null;
    if (chosen) {
      state.shown = chosen;
      showCard(chosen);
      if (isMove) find("#customer-name").focus();
      return;
    }
    // back where one came from: on the page of rows that holds the customer
    const left = isMove && location.hash === home ? state.shown : null;
    if (left) state.page = Math.max(0, Math.floor(matching().indexOf(left) / PAGE));
    showList();
    if (left) {
      const row = [...root.querySelectorAll("tbody a")].find((a) => a.hash === hashOf(left));
      (row ?? form.elements.words).focus();
      state.shown = null;
    } else if (id !== null) {
      count.textContent = say("{id} is not among the customers of this page: look into fct_next_best_action.", { id });
    }
  };

  const again = () => { state.page = 0; showList(); };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", again);
  form.addEventListener("reset", () => setTimeout(again));
  before.addEventListener("click", () => { state.page -= 1; showList(); });
  next.addEventListener("click", () => { state.page += 1; showList(); });
  window.addEventListener("hashchange", () => route(true));
  onDress(() => { options("action"); options("tier"); route(false); });
})();
