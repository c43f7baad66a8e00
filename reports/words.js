// What the report's script says things with: elements, numbers, moments and keys. Knows nothing of the list.
const Words = (() => {
  "use strict";

  function make(tag, content, className) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    for (const item of Array.isArray(content) ? content : [content]) {
      if (item !== null && item !== undefined && item !== "") element.append(item);
    }
    return element;
  }

  // Numbers stay text, so that no digit is lost.
  function digits(text) {
    if (text === null || text === undefined) return "";
    const parts = /^(-?)(\d+)(\..*)?$/.exec(text);
    return parts ? parts[1] + parts[2].replace(/\B(?=(\d{3})+$)/g, ",") + (parts[3] || "") : String(text);
  }
  const withUnit = (text, unit) => (text === null ? "" : digits(text) + (unit ? " " + unit : ""));
  const nights = (count) => (count === 1 ? "1 night" : digits(String(count ?? 0)) + " nights");

  const clocks = new Map();
  function onClock(date, zone) {
    if (!clocks.has(zone)) {
      clocks.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }));
    }
    const part = Object.fromEntries(clocks.get(zone).formatToParts(date).map((each) => [each.type, each.value]));
    return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
  }

  const NUMBER = "\\u0001";
  const bare = (value) => String(value).replace("\u0001", "");
  // Numbers in evidence become text, marked as such, before they are parsed: a browser's numbers would round them.
  function parseExact(text) {
    const quoted = text.replace(/("(?:\\.|[^"\\])*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g, (all, string, number) => (string === undefined ? `"${NUMBER}${number}"` : string));
    return JSON.parse(quoted);
  }

  const KEY_WORDS = { order_no: "order", operation_no: "operation", storage_location: "location", case_no: "case", capa_no: "CAPA", serial_no: "serial" };
  function words(key, without = []) {
    return Object.entries(key).filter(([name, value]) => value !== null && !without.includes(name)).map(([name, value]) => `${KEY_WORDS[name] || name.replaceAll("_", " ")} ${value}`).join(" · ");
  }

  return { make, digits, withUnit, nights, onClock, NUMBER, bare, parseExact, words };
})();
