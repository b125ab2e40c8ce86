"use strict";
(function () {
  const root = document.documentElement;
  root.classList.add("scripted");

  // Light or dark: the system's choice until the switch is used, which the browser then remembers.
  const button = document.getElementById("theme");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("muoquark-theme"); } catch (error) { return null; } };
  function dress(theme) {
    if (theme) root.dataset.theme = theme;
    const dark = (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
    button.setAttribute("aria-pressed", String(dark));
    button.textContent = dark ? "light" : "dark";
    button.setAttribute("aria-label", dark ? "switch to light" : "switch to dark");
    return dark;
  }
  button.addEventListener("click", () => {
    const theme = dress() ? "light" : "dark";
    dress(theme);
    try { localStorage.setItem("muoquark-theme", theme); } catch (error) { /* a page without storage */ }
  });
  system.addEventListener("change", () => dress());
  dress(kept());

  // Copy what stands in an element.
  async function copy(text) {
    try { await navigator.clipboard.writeText(text); return true; } catch (error) {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.appendChild(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  document.querySelectorAll("button.copy").forEach((one) => {
    const label = one.textContent;
    one.addEventListener("click", async () => {
      const done = await copy(document.getElementById(one.dataset.copy).textContent);
      one.textContent = done ? "copied" : "not allowed here";
      setTimeout(() => { one.textContent = label; }, 1500);
    });
  });

  // Tables: sort by a column, show the rows that fit.
  const text = (cell) => cell.dataset.order || cell.textContent.trim().toLowerCase();
  function compare(a, b) {
    const [x, y] = [a, b].map((one) => one === "-inf" ? -Infinity : Number(one));
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x === y ? 0 : x - y;
    return a.localeCompare(b, "en", { numeric: true });
  }
  function sortable(table) {
    const body = table.tBodies[0];
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = Array.from(body.rows, (row) => [text(row.cells[column]), row]);
      rows.sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]));
      rows.forEach((pair) => body.appendChild(pair[1]));
    }));
  }
  function filtered(form) {
    const table = document.getElementById(form.dataset.of);
    const body = table.tBodies[0];
    const known = new Set(JSON.parse(table.dataset.tags || "[]"));
    const [words, tag, least, shown] =
      [".words", ".tag", ".least", ".shown"].map((name) => form.querySelector(name));
    function show() {
      // Parts between commas, each of which has to fit; a tag of the table fits as a whole, so
      // that "reproduced" does not find "not reproduced".
      const parts = words.value.toLowerCase().split(",").map((x) => x.trim()).filter((x) => x);
      let count = 0;
      Array.from(body.rows).forEach((row) => {
        const tags = (row.dataset.tags || "").split("|");
        const fits = parts.every((part) =>
          known.has(part) ? tags.includes(part) : row.dataset.words.includes(part));
        const has = !tag || !tag.value || tags.includes(tag.value);
        const large = !least || !least.value || Math.abs(Number(row.dataset.size)) >= Number(least.value);
        row.hidden = !(fits && has && large);
        count += row.hidden ? 0 : 1;
      });
      shown.textContent = count + " of " + body.rows.length + " " + form.dataset.what;
    }
    ["input", "change"].forEach((name) => form.addEventListener(name, show));
    form.addEventListener("submit", (event) => event.preventDefault());
    show();
    return show;
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
  const shows = Array.from(document.querySelectorAll("form.filter"), filtered);
  window.muoquark = { text, shows };
})();
