"use strict";
/* The page without a server: wishes are answered from tables. */
MQ.begin = (start) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const t = start.tables;
  const total = new Float64Array(bytes(t.total)), values = new Float32Array(bytes(t.values));
  const which = new Uint16Array(bytes(t.which)), pulls = new Float32Array(bytes(t.pulls));
  const status = t.status ? new Uint16Array(bytes(t.status)) : null;
  const nodes = Object.fromEntries(start.page.handles.map((h) => [h.name, h.nodes]));
  const [, rows, columns] = start.shape;
  const near = (list, v) => list.reduce((k, x, j) => (Math.abs(x - v) < Math.abs(list[k] - v) ? j : k), 0);
  function setting(at) {
    let found = 0, best = Infinity;
    start.settings.forEach((row, k) => {
      const off = row.reduce((sum, v, j) => sum + Math.abs(near(nodes[start.others[j]], v)
        - near(nodes[start.others[j]], at[start.others[j]])), 0);
      if (off < best) { best = off; found = k; }
    });
    return found;
  }
  function node(at) {
    const row = start.y === null ? 0 : near(nodes[start.y], at[start.y]);
    return (setting(at) * rows + row) * columns + near(nodes[start.x], at[start.x]);
  }
  function numbers(k) {
    const parts = Object.fromEntries(t.parts.map((name, j) => [name, values[k * t.parts.length + j]]));
    const pick = (names) => Object.fromEntries(names.map((n) => [n, parts[n]]));
    const moved = [];
    for (let j = k * t.shown; j < (k + 1) * t.shown; j += 1) {
      const o = t.observables[which[j]];
      moved.push({ ...o, pull: pulls[j], value: o.measured + pulls[j] * o.uncertainty });
    }
    const bits = status ? status[k] : 0;
    const said = Object.entries(t.meanings).filter(([bit]) => bits & Number(bit)).map(([, text]) => text);
    return { total: total[k], delta: 2 * total[k], blocks: pick(start.blocks), groups: pick(start.groups),
             moved, status: said, full: false, ms: 0 };
  }
  MQ.fixedAxes = true;
  MQ.planeNote = "Lines between the nodes are interpolated (see below).";
  // Of more than two other parameters one at a time differs from its start.
  MQ.together = (state, name) => {
    if (start.tensor || !start.others.includes(name)) return;
    for (const other of start.others) if (other !== name) state.values[other] = start.start[other];
  };
  MQ.send = (wish) => {
    const at = wish.values;
    if (wish.do === "move") {
      const k = node(at);
      if (wish.plane && !wish.fine) {
        MQ.hear("plane", { ...start.drawn[setting(at)], seq: wish.seq, fine: true, ms: 0 });
      }
      MQ.hear("numbers", { ...numbers(k), seq: wish.seq });
    } else if (wish.do === "card") {
      const words = start.page.handles.map((h) => `${h.name}=${at[h.name]}`).join(",");
      const order = start.order === "highest" ? "" : ` --order ${start.order}`;
      MQ.hear("card", { text: start.text, total: total[node(at)],
        command: `muoquark loglike card.yaml --at '${words}' ${start.options}${order}`.trim() });
    } else if (wish.do === "best") {
      let k = 0;
      total.forEach((v, j) => { if (v > total[k]) k = j; });
      const column = k % columns, row = Math.floor(k / columns) % rows;
      const found = Object.fromEntries(start.others.map((n, j) => [n, start.settings[Math.floor(k / columns / rows)][j]]));
      found[start.x] = nodes[start.x][column];
      if (start.y !== null) found[start.y] = nodes[start.y][row];
      MQ.hear("best", { values: found, seq: wish.seq });
    }
  };
  const stack = Object.entries(start.page.stack).map(([n, v]) => `${n} ${v}`).join(", ");
  MQ.footNote = `<p>Data <b>${start.page.data_title}</b>: ${start.page.measurements} observables${stack ? `, predictions of ${stack}` : ""};
    theory errors ${start.page.theory_errors}${start.page.order ? `; order of the matching: ${start.page.order}` : ""}. muoquark ${start.page.version}.
    The SM reference is the same data with no new physics: all numbers are differences to it.</p>`;
  MQ.ready();
  document.getElementById("busy").hidden = true;
  MQ.hear("page", start.page);
};
