"use strict";
(function () {
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const heads = Array.from(table.tHead.rows[0].cells);
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.order || cell.textContent.trim().toLowerCase();
  };
  function sort(column) {
    const up = heads[column].getAttribute("aria-sort") !== "ascending";
    heads.forEach((head) => head.setAttribute("aria-sort", "none"));
    heads[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = Array.from(body.rows);
    rows.sort((a, b) => {
      const order = key(a, column).localeCompare(key(b, column), "en", { numeric: true });
      return up ? order : -order;
    });
    rows.forEach((row) => body.appendChild(row));
  }
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => sort(column)));
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const known = new Set(JSON.parse(table.dataset.verdicts));
  function show() {
    // Parts between commas, each of which has to fit; a verdict fits as a whole, so that
    // "reproduced" does not find "not reproduced".
    const parts = filter.value.toLowerCase().split(",").map((x) => x.trim()).filter((x) => x);
    let count = 0;
    Array.from(body.rows).forEach((row) => {
      const verdicts = row.dataset.verdicts.split("|");
      row.hidden = !parts.every((part) =>
        known.has(part) ? verdicts.includes(part) : row.dataset.words.includes(part));
      count += row.hidden ? 0 : 1;
    });
    shown.textContent = count + " of " + body.rows.length + " claims";
  }
  filter.addEventListener("input", show);
  show();
  if (location.hash === "#test") {
    // For the tests: sort by verdict downwards, then say what stands first.
    heads[2].querySelector("button").click();
    heads[2].querySelector("button").click();
    document.body.dataset.test = heads[2].getAttribute("aria-sort") + ":" + key(body.rows[0], 2);
    // ... and how many rows each verdict has.
    document.body.dataset.counts = Array.from(known, (verdict) => {
      filter.value = verdict;
      show();
      return shown.textContent.split(" ")[0];
    }).join(",");
    filter.value = "";
    show();
  }
})();
