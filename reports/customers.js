// The call list: search, filters, order, pages of rows; and the card of the customer whom the
// address names, #customers/C0002. All values go in as text.
"use strict";
(() => {
  const { content, language, make, onDress } = window.report;
  const key = "call-list";
  const root = document.querySelector(`[data-component="${key}"]`);
  const home = `#${root.closest(".page").id}`;
  const { texts, columns, rows, horizon_months: horizon } = content.components[key];
  const customers = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
  const find = (selector) => root.querySelector(selector);
  const [list, card, form, count] = [".list", ".customer", "form", ".count"].map(find);
  const [before, next] = ["[name=before]", "[name=next]"].map(find);
  const PAGE = 50;

  const t = (zh, en) => (language() === "zh" ? zh : en);
  const say = (i) => (i === null ? null : texts[i][language() === "zh" ? 0 : 1]);
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

  // what is looked through, in both languages: the search does not depend on the one that is shown
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  for (const customer of customers) {
    const labels = ["kind", "region", "action", "tier"].map((name) => customer[name]);
    customer.text = plain([customer.id, customer.name ?? "",
      ...labels.filter((i) => i !== null).flatMap((i) => texts[i])].join(" "));
  }

  // heading, value to order by, what the cell shows, and whether a narrow screen can do without
  const COLUMNS = [
    { key: "call_rank", title: () => t("顺序", "Rank"), value: (c) => c.call_rank, isFigure: true },
    { key: "name", title: () => t("客户", "Customer"), value: nameOf,
      fill: (cell, c) => cell.append(link(c, nameOf(c)), make("small", c.name === null ? "" : c.id)) },
    { key: "kind", title: () => t("客户类型", "Type"), value: (c) => say(c.kind), isExtra: true },
    { key: "region", title: () => t("地区", "Region"), value: (c) => say(c.region), isExtra: true },
    { key: "tier", title: () => t("分层", "Tier"), value: (c) => say(c.tier), isExtra: true },
    { key: "ladder_level", title: () => t("阶梯", "Ladder"), value: (c) => c.ladder_level, isExtra: true, isFigure: true },
    { key: "satisfaction_index", title: () => t("满意度指数", "Index"), value: (c) => c.satisfaction_index, digits: 1, isFigure: true },
    { key: "action", title: () => t("行动", "Action"), value: (c) => say(c.action) },
    { key: "due_on", title: () => t("期限", "Due"), value: (c) => c.due_on, isDate: true },
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
    const made = [...counts].map(([i, n]) => new Option(`${say(i)} (${n})`, String(i)));
    if (name === "tier") made.sort((a, b) => a.text.localeCompare(b.text, language()));
    select.replaceChildren(new Option(t("全部", "All"), ""), ...made);
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
      ? t("没有符合条件的客户。", "No customer fits.")
      : t(`${found.length} 位客户，显示第 ${from + 1}–${from + shown.length} 位`,
        `${found.length} customers, ${from + 1}–${from + shown.length} shown`);
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

  const why = (c) => [
    c.complaint && t(`投诉 ${c.complaint} 自 ${c.complained_on} 未结`, `Complaint ${c.complaint} is open since ${c.complained_on}`)
      + (c.n_open_complaints > 1 ? t(`（共 ${c.n_open_complaints} 件）`, ` (${c.n_open_complaints} in all)`) : ""),
    c.left_since && t(`${c.left_since} 起已不再是客户：距上次购买 ${number(c.recency_days)} 天（截至 ${c.month} 月末）`,
      `No longer a customer since ${c.left_since}: ${number(c.recency_days)} days since the last purchase, at the end of ${c.month}`),
    c.is_active === false && !c.left_since && t(`已不活跃：距上次购买 ${number(c.recency_days)} 天（截至 ${c.month} 月末）`,
      `No longer active: ${number(c.recency_days)} days since the last purchase, at the end of ${c.month}`),
    say(c.relation),
    c.weakest !== null && t(`失分最多的因素：${say(c.weakest)}，失 ${number(c.weakest_lost, 1)} 分`,
      `Weakest factor: ${say(c.weakest)} costs ${number(c.weakest_lost, 1)} points`),
    c.events.length > 0 && t(`阶梯最近变动 ${c.events[0][0]}：${say(c.events[0][4])}`,
      `Latest on the ladder, ${c.events[0][0]}: ${say(c.events[0][4])}`),
  ].filter(Boolean);

  const worth = (c) => {
    if (c.expected_value === null) return "–";
    const months = t(`${horizon} 个月内 `, `within ${horizon} months: `);
    const doubt = c.is_value_reliable ? "" : t("（不可靠）", " (not reliable)");
    return months + number(c.expected_value) + doubt;
  };

  const indexPart = (c) => {
    const part = make("section");
    const verdict = t(`总体满意度 ${c.overall_level} / 5 级`, `Overall verdict: ${c.overall_level} of 5`);
    const none = c.overall_level === null ? t("没有满意度指数", "No satisfaction index") : verdict;
    const title = c.satisfaction_index === null ? none
      : t(`满意度指数 ${number(c.satisfaction_index, 1)}：各因素的贡献`, `Satisfaction index ${number(c.satisfaction_index, 1)}: what each factor gives`);
    part.append(make("h5", title));
    if (c.factors.length === 0) {
      const few = t("没有足够的满意度回答。", "Too few answers on satisfaction.");
      const whole = t(`${say(c.survey)}。没有各因素的回答。`, `${say(c.survey)}. No answers on single factors.`);
      part.append(make("p", c.overall_level === null || c.survey === null ? few : whole, "note"));
      return part;
    }
    const most = Math.max(...c.factors.map(([, , given, lost]) => given + lost));
    part.append(make("p", t(`${say(c.survey)}。条的长度为该因素可贡献的分数，填充部分为实际贡献，空白为失分。`,
      `${say(c.survey)}. A bar is as long as the factor could give; what is empty is lost.`), "note"));
    part.append(table(title, [[t("因素", "Factor"), ""], [t("得分（0–100）", "Score (0–100)"), "figure"], ["", "bars"],
      [t("贡献", "Gives"), "figure"], [t("失分", "Lost"), "figure"]],
    c.factors.map(([factor, score, given, lost]) =>
      [say(factor), number(score), bar(given, lost, most), number(given, 1), number(lost, 1)])));
    return part;
  };

  const ladderPart = (c) => {
    const part = make("section");
    const title = c.left_since ? t("已流失，不在忠诚阶梯上", "Has left, and stands on no level of the loyalty ladder")
      : c.ladder_level === null ? t("不在忠诚阶梯上：没有交易", "Not on the loyalty ladder: no transactions")
      : t(`忠诚阶梯第 ${c.ladder_level} 级：${say(c.ladder_label)}`, `Loyalty ladder: level ${c.ladder_level}, ${say(c.ladder_label)}`);
    part.append(make("h5", title));
    if (c.events.length > 0) {
      part.append(table(title, [[t("月份", "Month"), "date"], [t("变动", "Change"), "figure"], [t("等级", "Level"), "figure"], [t("原因", "Reason"), ""]],
        c.events.map(([month, from, change, to, reason, author, note, level]) => [
          month, change === null ? "–" : signed(change), level === null ? `${from} → ${to}` : `→ ${level}`,
          [say(reason), note, author && `— ${author}`].filter(Boolean).join(" · ")])));
    } else if (c.ladder_level !== null) {
      part.append(make("p", t("没有使等级变动的事件。", "Nothing has moved the customer."), "note"));
    }
    if (c.tier !== null) {
      part.append(make("h5", t(`分层：${say(c.tier)}`, `Tier: ${say(c.tier)}`)), make("p", say(c.tier_reason)));
    }
    return part;
  };

  const showCard = (c) => {
    const order = matching();
    const at = order.indexOf(c);
    const steps = make("p", undefined, "steps");
    const back = make("a", t("← 返回名单", "← Back to the list"));
    back.href = home;
    steps.append(back);
    if (at > 0) steps.append(link(order[at - 1], t("上一位", "Previous")));
    if (at >= 0 && at < order.length - 1) steps.append(link(order[at + 1], t("下一位", "Next")));
    const title = make("h4", nameOf(c));
    title.id = "customer-name";
    title.tabIndex = -1;
    const todo = make("div", undefined, "todo");
    const reasons = make("ul");
    reasons.append(...why(c).map((text) => make("li", text)));
    todo.append(make("h5", t("下一步", "What to do")),
      make("p", t(`${say(c.action)}（期限 ${c.due_on}，名单第 ${c.call_rank} 位）`, `${say(c.action)} (by ${c.due_on}; number ${c.call_rank} of the list)`)), reasons);
    const halves = make("div", undefined, "halves");
    halves.append(indexPart(c), ladderPart(c));
    const stated = c.repeat_source === "stated" ? t("（自述）", " (stated)") : t("（模型）", " (modelled)");
    card.replaceChildren(steps, title, todo, facts([
      [t("编号", "Id"), c.id],
      [t("客户类型", "Type"), say(c.kind) ?? "–"],
      [t("地区", "Region"), say(c.region) ?? "–"],
      [t("总体满意度", "Overall verdict"), c.overall_level === null ? "–" : t(`${c.overall_level} / 5 级`, `${c.overall_level} of 5`)],
      [t("忠诚类别", "Loyalty class"), say(c.loyalty_class) ?? "–"],
      [t("复购概率", "Will buy again"), c.repeat_percent === null ? "–" : `${number(c.repeat_percent)} %${stated}`],
      [t("未结投诉", "Open complaints"), number(c.n_open_complaints)],
      [t("窗口期消费金额", "Bought within the window"), number(c.amount)],
      [t("预期价值", "Expected value"), worth(c)],
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
      count.textContent = t(`${id} 不在本页的客户之中，请查 fct_next_best_action。`,
        `${id} is not among the customers of this page: look into fct_next_best_action.`);
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
