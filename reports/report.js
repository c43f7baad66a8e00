"use strict";
// The list of findings: unpacks what the page carries, filters, searches, and shows one finding with its evidence.
// Texts come from other systems. They reach the page as text nodes only; nothing here makes markup from a string.
(() => {
  document.documentElement.classList.add("js");
  const { make, digits, withUnit, nights, onClock, NUMBER, bare, parseExact, words } = Words;
  const ROW = 50;
  const SEVERITIES = ["critical", "high", "medium", "low"];
  const LIVE = new Set(["new", "open", "reopened", "unsettled"]);
  const SIDES = { sap: "SAP", mes: "MES", qms: "QMS", wms: "WMS", recon: "recon" };
  const KNOWN = new Set(["system", "plant", "source", "row_ref", "ambiguous", "problems"]);
  const FIELDS = ["id", "rank", "rule", "plant", "state", "event", "owner", "material", "text", "batch", "order", "key", "difference", "quantity", "unit",
    "value", "currency", "nights", "seen", "changed", "explanation", "cause", "under", "confirmed"];
  const AT = Object.fromEntries(FIELDS.map((name, index) => [name, index]));

  const spacer = document.getElementById("spacer");
  const $ = (id) => document.getElementById(id);
  const about = JSON.parse($("about").textContent);
  const QUANTITIES = new Set(about.quantities);
  let rows = [];
  let texts = [];
  let evidence = null;
  let unpacking = null;
  let children = new Map();
  let place = new Map();
  let view = [];
  const opened = new Set();
  const CONTROLS = ["search", "severity", "plant", "family", "state", "owner", "show", "order"];
  const filter = { search: "", severity: "", plant: "", family: "", state: "", owner: "", show: "", order: "", rule: "", cause: "" };

  const plantName = (plant) => (plant === "*" ? "all plants" : plant + (about.plants[plant] && about.plants[plant][0] !== plant ? " " + about.plants[plant][0] : ""));
  const zoneOf = (plant) => (about.plants[plant] ? about.plants[plant][1] : "UTC");
  function time(date, plant) {
    const zone = zoneOf(plant);
    const element = make("time", onClock(date, zone));
    element.dateTime = date.toISOString();
    element.title = onClock(date, "UTC") + " UTC";
    return element;
  }

  function shown(name, value, plant) {
    if (value === null || value === undefined) return "";
    if (value === true) return "yes";
    if (value === false) return "no";
    if (typeof value === "object") return JSON.stringify(value).replaceAll(NUMBER, "");
    const moment = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?$/.exec(value);
    if (moment && name.endsWith("_at")) return time(new Date(`${moment[1]}T${moment[2]}Z`), plant);
    if (value.startsWith("\u0001")) return digits(/\.\d*$/.test(value) ? bare(value).replace(/\.?0+$/, "") : bare(value));
    return value;
  }

  // A compared value, with its unit where it is a quantity.
  function measured(name, said, row) {
    const text = shown(name, said[name], row[AT.plant]);
    const unit = said.unit || row[AT.unit];
    return QUANTITIES.has(name) && text && unit ? `${text} ${unit}` : text;
  }

  function keyOf(row) {
    return JSON.parse(row[AT.key] || "{}");
  }
  function subject(row) {
    return row[AT.text] || row[AT.material] || words(keyOf(row)) || "–";
  }
  function which(row) {
    const known = row[AT.material] ? ["material", "component", "batch"] : ["batch"];
    return [row[AT.text] ? row[AT.material] : null, row[AT.batch] ? "batch " + row[AT.batch] : null, row[AT.text] || row[AT.material] ? words(keyOf(row), known) : null].filter(Boolean).join(" · ");
  }
  // Every judgement leaves an event; a live finding without one could not be judged tonight and is what an earlier night said.
  const stateOf = (row) => (LIVE.has(row[AT.state]) && row[AT.event] === null ? "not judged" : row[AT.state]);
  const title = (row) => rule(row).title || row[AT.rule];
  const rule = (row) => about.rules[row[AT.rule]] || {};
  const prefix = (row) => row[AT.rule].split("-")[0];

  // ---- unpacking

  async function unpack(id) {
    const element = $(id);
    const bytes = Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0));
    element.textContent = "";
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  // ---- choosing

  function matches(index, needles) {
    const row = rows[index];
    if (filter.severity && SEVERITIES[row[AT.rank]] !== filter.severity) return false;
    if (filter.plant && row[AT.plant] !== filter.plant) return false;
    if (filter.family && prefix(row) !== filter.family) return false;
    if (filter.rule && row[AT.rule] !== filter.rule) return false;
    if (filter.owner && row[AT.owner] !== filter.owner) return false;
    if (filter.cause && row[AT.cause] !== filter.cause) return false;
    if (filter.state ? filter.state !== "all" && stateOf(row) !== filter.state : !LIVE.has(row[AT.state])) return false;
    return !needles.length || found(index, needles) || (!row[AT.under] && (children.get(row[AT.id]) || []).some((child) => found(child, needles)));
  }
  function found(index, needles) {
    const text = texts[index] ?? (texts[index] = searchable(rows[index]));
    return needles.every((needle) => text.includes(needle));
  }
  function searchable(row) {
    const parts = [row[AT.id], row[AT.rule], title(row), row[AT.plant], row[AT.owner], row[AT.material], row[AT.text], row[AT.order], row[AT.explanation], row[AT.cause]];
    return parts.concat(Object.values(keyOf(row)), row[AT.batch]).filter(Boolean).join(" ").toLowerCase();
  }

  const cents = (text) => BigInt((text ?? "-1.00").replace(".", ""));
  const byMoney = (a, b) => { const one = cents(rows[a][AT.value]), two = cents(rows[b][AT.value]); return one < two ? 1 : one > two ? -1 : a - b; };
  const byAge = (a, b) => (rows[b][AT.nights] ?? 0) - (rows[a][AT.nights] ?? 0) || a - b;
  const byChange = (a, b) => (rows[b][AT.changed] ?? 0) - (rows[a][AT.changed] ?? 0) || a - b;

  function choose() {
    const needles = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
    const wantedRows = [];
    for (let index = 0; index < rows.length; index += 1) {
      const consequence = rows[index][AT.under] !== null;
      const wanted = filter.show === "all" || (filter.show === "consequences") === consequence;
      if (wanted && matches(index, needles)) wantedRows.push(index);
    }
    if (filter.order) wantedRows.sort({ money: byMoney, age: byAge, changed: byChange }[filter.order]);
    view = wantedRows;
    $("shown").textContent = `${digits(String(view.length))} of ${digits(String(rows.length))} shown`;
    $("viewport").scrollTop = 0;
    chips();
    lay();
  }
  // Consequences of an opened finding stand under it.
  function lay() {
    const lines = [];
    for (const index of view) {
      lines.push([index, false]);
      if (opened.has(index)) for (const child of children.get(rows[index][AT.id]) || []) lines.push([child, true]);
    }
    lay.lines = lines;
    spacer.style.height = `${lines.length * ROW}px`;
    $("list").setAttribute("aria-rowcount", String(lines.length + 1));
    paint();
  }
  lay.lines = [];

  // ---- the list, only as much of it as is seen

  function paint() {
    const viewport = $("viewport");
    const first = Math.max(0, Math.floor(viewport.scrollTop / ROW) - 6);
    const last = Math.min(lay.lines.length, first + Math.ceil(viewport.clientHeight / ROW) + 12);
    const focused = document.activeElement && document.activeElement.closest ? document.activeElement.closest(".viewport .row") : null;
    const focus = focused && document.activeElement.tagName === "A" ? Number(focused.dataset.line) : -1;
    const parts = [];
    for (let line = first; line < last; line += 1) parts.push(lineElement(line));
    viewport.replaceChildren(spacer, ...parts);
    if (focus >= first && focus < last) parts[focus - first].querySelector("a").focus({ preventScroll: true });
    if (!lay.lines.length) viewport.append(make("p", rows.length ? "No finding is like this." : "There are no findings.", "none-found"));
  }
  function lineElement(line) {
    const [index, under] = lay.lines[line];
    const row = rows[index];
    const link = make("a", title(row));
    link.href = "#finding=" + row[AT.id];
    link.title = title(row);
    const below = children.get(row[AT.id]) || [];
    const said = stateOf(row);
    const state = said === "open" ? "open" : make("span", said, said === "new" || said === "reopened" ? "state " + said : "");
    const second = make("span", [row[AT.rule] + " · ", state], "second");
    if (below.length && !under) {
      const more = make("button", `${opened.has(index) ? "▾" : "▸"} ${below.length} ${below.length === 1 ? "consequence" : "consequences"}`, "more");
      more.type = "button";
      more.setAttribute("aria-expanded", String(opened.has(index)));
      more.addEventListener("click", () => { if (opened.has(index)) opened.delete(index); else opened.add(index); lay(); });
      second.append(" ", more);
    }
    if (row[AT.explanation]) {
      second.append(" · " + row[AT.explanation]);
      second.title = row[AT.explanation];
    }
    const where = make("span", [row[AT.plant] === "*" ? "" : row[AT.plant] + " · ", subject(row), make("span", which(row), "second")]);
    where.title = `${plantName(row[AT.plant])}\n${subject(row)}\n${which(row)}`;
    const severity = SEVERITIES[row[AT.rank]];
    const cells = [
      make("span", make("span", severity, "chip " + severity)), make("span", [link, second]), where,
      make("span", withUnit(row[AT.difference] ?? row[AT.quantity], row[AT.unit]), "num"), make("span", withUnit(row[AT.value], row[AT.currency]), "num"),
      make("span", digits(String(row[AT.nights] ?? 0)), "num"), make("span", row[AT.owner]),
    ];
    for (const cell of cells) cell.setAttribute("role", "cell");
    const element = make("div", cells, "row" + (under ? " under" : "") + (LIVE.has(row[AT.state]) ? "" : " gone"));
    element.setAttribute("role", "row");
    element.setAttribute("aria-rowindex", String(line + 2));
    element.dataset.line = String(line);
    element.style.top = `${line * ROW}px`;
    return element;
  }

  // ---- filters, kept in the address so that a view can be sent to a colleague

  function chips() {
    const box = $("chips");
    box.replaceChildren();
    for (const name of ["cause", "rule"]) {
      if (!filter[name]) continue;
      const chip = make("button", `${name}: ${filter[name]} ✕`);
      chip.type = "button";
      chip.addEventListener("click", () => { filter[name] = ""; remember(); choose(); });
      box.append(chip);
    }
  }
  function read() {
    // Leaving the search field reports a change that was obeyed already; laying the list anew then would lose the click that left it.
    if (CONTROLS.every((name) => filter[name] === $(name).value)) return;
    for (const name of CONTROLS) filter[name] = $(name).value;
    remember();
    choose();
  }
  function remember() {
    const asked = new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString();
    history.replaceState(null, "", asked ? "#list?" + asked : "#findings");
  }
  function obey() {
    const address = location.hash.slice(1);
    if (address.startsWith("finding=")) { open(address.slice(8)); return; }
    if ($("detail").open) $("detail").close();
    if (!address.startsWith("list?")) return;
    const asked = new URLSearchParams(address.slice(5));
    for (const name of Object.keys(filter)) filter[name] = asked.get(name) ?? "";
    for (const name of CONTROLS) $(name).value = filter[name];
    choose();
    $("findings").scrollIntoView();
  }
  function options(id, values, label) {
    for (const value of [...new Set(values)].filter((each) => each !== null).sort()) {
      const option = make("option", label(value));
      option.value = value;
      $(id).append(option);
    }
  }

  // ---- one finding

  let current = -1;
  async function open(id) {
    const index = place.get(id) ?? [...place.keys()].filter((each) => each.startsWith(id) || id.startsWith(each)).map((each) => place.get(each))[0];
    if (index === undefined) return;
    current = index;
    unpacking ??= unpack("packed-evidence");
    evidence = await unpacking;
    if (current !== index) return;
    const row = rows[index];
    const severity = SEVERITIES[row[AT.rank]];
    $("detail-title").replaceChildren(make("span", severity, "chip " + severity), " ", row[AT.rule], " ", title(row));
    $("detail-body").replaceChildren(...detail(index, row));
    if (!$("detail").open) $("detail").showModal();
    $("detail").scrollTop = 0;
    const at = lay.lines.findIndex(([each]) => each === index);
    $("previous").disabled = at <= 0;
    $("next").disabled = at < 0 || at + 1 >= lay.lines.length;
  }
  function step(by) {
    const at = lay.lines.findIndex(([each]) => each === current) + by;
    if (at >= 0 && at < lay.lines.length) location.replace("#finding=" + rows[lay.lines[at][0]][AT.id]);
  }

  function detail(index, row) {
    const facts = {
      Material: row[AT.text] ? `${row[AT.material]} ${row[AT.text]}` : row[AT.material], Batch: row[AT.batch],
      Key: words(keyOf(row), row[AT.material] ? ["material", "component", "batch"] : ["batch"]), Plant: plantName(row[AT.plant]),
      Difference: withUnit(row[AT.difference], row[AT.unit]), Quantity: withUnit(row[AT.quantity], row[AT.unit]), "At risk": withUnit(row[AT.value], row[AT.currency]),
      State: `${row[AT.state]}${row[AT.event] ? ` (${row[AT.event]})` : stateOf(row) === "not judged" ? " when it was last judged; not judged tonight" : ""}`, "First seen": row[AT.seen] ? `${row[AT.seen]} ${zoneOf(row[AT.plant])}, ${nights(row[AT.nights])}` : nights(row[AT.nights]), Owner: row[AT.owner],
      "Last change": row[AT.changed] === null ? null : time(new Date(row[AT.changed] * 1000), row[AT.plant]),
      Confirmed: row[AT.confirmed] === null ? null : time(new Date(row[AT.confirmed] * 1000), row[AT.plant]), Explanation: row[AT.explanation], Cause: row[AT.cause], Finding: make("span", row[AT.id], "mono"),
    };
    const list = make("dl", Object.entries(facts).filter(([, value]) => value).map(([name, value]) => make("div", [make("dt", name), make("dd", value)])), "facts");
    const parts = [list];
    const todo = advice(row);
    if (todo) parts.push(make("p", [make("b", "What to do: "), todo], "todo"));
    const why = [["Why it matters: ", rule(row).rationale], ["Lawful when: ", rule(row).false_positives]].filter(([, text]) => text);
    if (why.length) parts.push(make("p", why.flatMap(([name, text]) => [make("b", name), text, " "]), "why"));
    const behind = evidence[String(index)];
    if (behind && behind[3]) parts.push(...proposed(behind[3], behind[4]));
    if (behind) parts.push(...sideBySide(behind, row));
    else parts.push(make("p", ["The evidence of this one is not in the file. ", make("code", `recon show ${row[AT.id].slice(0, 12)}`), " prints it."], "todo"));
    const related = row[AT.under] === null ? children.get(row[AT.id]) || [] : [place.get(row[AT.under])].filter((each) => each !== undefined);
    if (related.length) {
      parts.push(make("h3", row[AT.under] === null ? "Consequences" : "Consequence of"));
      parts.push(make("ul", related.map((each) => {
        const link = make("a", `${rows[each][AT.rule]} ${title(rows[each])}`);
        link.href = "#finding=" + rows[each][AT.id];
        return make("li", [link, make("span", " " + which(rows[each]), "quiet")]);
      })));
    }
    return parts;
  }
  // As recon show says it.
  function advice(row) {
    if (row[AT.state] === "in flight") return "wait: a posting is on its way; tomorrow's run will know";
    if (row[AT.state] === "resolved" || row[AT.state] === "retired") return "nothing: it is no longer there";
    if (row[AT.explanation]) return `see to what explains it first, never post a second time: ${row[AT.explanation]}`;
    return rule(row).correction;
  }

  // In plain words: what would put it right, who is believed and why, and what to look at before; or why there is nothing to post.
  const SYSTEMS = { ...SIDES, wms: "the warehouse system", mes: "the MES", qms: "the QMS" };
  function proposed([status, id, sentence, reason, target, where, believed, because, approver, risk, back], checks) {
    if (status === "none") return [make("p", [make("b", "No proposal: "), reason], "why")];
    const refused = status === "refused";
    const box = make("section", [make("h3", ["Proposed correction ", make("span", id, "mono quiet")])], refused ? "proposal refused" : "proposal");
    if (refused) box.append(make("p", [make("b", "Do not post this yet: "), reason, "."], "bad"));
    box.append(make("p", sentence, "sentence"));
    const facts = { [`In ${SYSTEMS[target]}`]: where, Believed: believed && `${SYSTEMS[believed]}: ${because}`, Because: believed ? null : because, "Approved by": approver, Risk: risk, "Taken back by": back };
    box.append(make("dl", Object.entries(facts).filter(([, value]) => value).map(([name, value]) => make("div", [make("dt", name), make("dd", value)])), "facts"));
    if (checks.length) box.append(make("p", make("b", "Look at this first")), make("ul", checks.map((check) => make("li", check)), "checks"));
    box.append(make("p", "recon has posted nothing, and SAP may still refuse it. It holds until the next cut.", "quiet small"));
    return [box];
  }

  function sideBySide([compared, counts, lines], row) {
    const values = parseExact(compared);
    const counted = parseExact(counts);
    const sides = Object.keys(SIDES).filter((side) => values[side] || counted[side] || lines.some((line) => line[0] === side));
    const names = [...new Set(sides.flatMap((side) => Object.keys(values[side] || {})))];
    const parts = [];
    if (names.length) {
      const head = make("tr", [make("th", ""), ...sides.map((side) => make("th", SIDES[side]))]);
      for (const cell of head.children) cell.scope = "col";
      const body = names.map((name) => {
        const cells = sides.map((side) => make("td", measured(name, values[side] || {}, row)));
        const told = sides.flatMap((side, at) => (name in (values[side] || {}) ? [cells[at].textContent] : []));
        const heading = make("th", name.replaceAll("_", " "));
        heading.scope = "row";
        return make("tr", [heading, ...cells], new Set(told).size > 1 ? "differ" : "");
      });
      parts.push(make("h3", "Compared"), make("div", make("table", [make("thead", head), make("tbody", body)], "compared"), "scroll"));
    }
    const boxes = sides.map((side) => {
      const own = lines.filter((line) => line[0] === side);
      const box = make("div", make("h4", SIDES[side]), "side");
      for (const table of [...new Set(own.map((line) => line[1]))]) box.append(rowsTable(table, own.filter((line) => line[1] === table), row));
      const told = counted[side];
      if (told) {
        const count = Number(bare(told.count));
        const rest = count > own.length ? `, ${digits(String(count - own.length))} of them not shown` : "";
        const note = make("p", `${digits(String(count))} source ${count === 1 ? "row" : "rows"}${rest}, digest ${told.digest.slice(0, 12)}`, "quiet small");
        note.title = told.digest;
        box.append(note);
      } else if (!own.length) box.append(make("p", "no rows", "quiet"));
      return box;
    });
    parts.push(make("h3", "Rows behind it"), make("div", boxes, "sides"));
    return parts;
  }
  function rowsTable(name, lines, row) {
    const read = lines.map((line) => parseExact(line[3]));
    const ofAll = { material: row[AT.material], batch: row[AT.batch], ...keyOf(row) };
    const columns = [...new Set(read.flatMap((each) => Object.keys(each)))].filter((column) => !KNOWN.has(column) && read.some((each) => each[column] !== null && each[column] !== ofAll[column]));
    columns.sort((a, b) => a.endsWith("_at") - b.endsWith("_at"));
    const head = make("tr", [...columns.map((column) => make("th", column.replaceAll("_", " "))), make("th", "read from")]);
    for (const cell of head.children) cell.scope = "col";
    const body = read.map((each, at) => make("tr", [...columns.map((column) => make("td", shown(column, each[column], row[AT.plant]), /quantity$/.test(column) ? "num" : "")), make("td", lines[at][2], "mono quiet")]));
    return make("div", make("table", [make("caption", name.replaceAll("_", " ")), make("thead", head), make("tbody", body)]), "scroll");
  }

  // ---- starting

  async function start() {
    if (typeof DecompressionStream === "undefined") throw new Error("it is too old to unpack the list (needs DecompressionStream)");
    rows = await unpack("packed-findings");
    texts = new Array(rows.length);
    rows.forEach((row, index) => {
      place.set(row[AT.id], index);
      if (row[AT.under] === null) return;
      if (!children.has(row[AT.under])) children.set(row[AT.under], []);
      children.get(row[AT.under]).push(index);
    });
    options("plant", rows.map((row) => row[AT.plant]).concat(Object.keys(about.plants)), plantName);
    options("owner", rows.map((row) => row[AT.owner]), (owner) => owner);
    let waiting = 0;
    $("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(read, 80); });
    $("filters").addEventListener("change", read);
    $("filters").addEventListener("reset", () => setTimeout(() => { for (const name of Object.keys(filter)) filter[name] = ""; remember(); choose(); }));
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    let painting = false;
    $("viewport").addEventListener("scroll", () => { if (!painting) { painting = true; requestAnimationFrame(() => { painting = false; paint(); }); } });
    $("viewport").addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      const at = document.activeElement.closest(".row") ? Number(document.activeElement.closest(".row").dataset.line) : Math.ceil($("viewport").scrollTop / ROW) - 1;
      const line = Math.min(lay.lines.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)));
      const viewport = $("viewport");
      if (line * ROW < viewport.scrollTop) viewport.scrollTop = line * ROW;
      if ((line + 1) * ROW > viewport.scrollTop + viewport.clientHeight) viewport.scrollTop = (line + 1) * ROW - viewport.clientHeight;
      paint();
      const link = viewport.querySelector(`[data-line="${line}"] a`);
      if (link) link.focus({ preventScroll: true });
    });
    $("previous").addEventListener("click", () => step(-1));
    $("next").addEventListener("click", () => step(1));
    $("close").addEventListener("click", () => $("detail").close());
    $("detail").addEventListener("close", () => { if (location.hash.startsWith("#finding=")) history.replaceState(null, "", "#findings"); });
    $("detail").addEventListener("click", (event) => { if (event.target === $("detail")) $("detail").close(); });
    $("detail").addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft" || event.key === "k") step(-1);
      if (event.key === "ArrowRight" || event.key === "j") step(1);
    });
    // A link to the view that is shown already changes no address, yet it should lead there.
    document.addEventListener("click", (event) => { const link = event.target.closest("a"); if (link && link.hash === location.hash) obey(); });
    addEventListener("resize", paint);
    addEventListener("hashchange", obey);
    choose();
    obey();
    document.documentElement.dataset.ready = "yes";
  }
  start().catch((error) => {
    document.documentElement.classList.remove("js");
    $("trouble").hidden = false;
    $("trouble").textContent = `The list could not be opened in this browser: ${error.message}. The worst findings are below.`;
  });
})();
