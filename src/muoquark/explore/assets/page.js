"use strict";
/* The page: what is moved here becomes a wish, what is answered is shown.  Nothing is calculated
   here.  A wish goes to `MQ.send`: a server (live.js) or tables (static.js). */
const MQ = (() => {
  const $ = (id) => document.getElementById(id);
  const REST = 250; // ms without a move, after which a slider rests
  const STEPS = 1000;
  const POINT = "#d6006e"; // as in page.css
  let page = null;
  let state = { values: {}, card: "given", data: "given", wide: false, x: null, y: null, view: null };
  let past = [], future = [], before = null, chosen = "groups";
  let seq = 0, flight = null, dirty = false, restless = false, timer = null;
  let resting = null, marked = "", since = null, drawing = null, born = 0, lowestOf = "", coarse = "", fine = "", lowest = null, numbers = null, drawn = null, wanted = null;
  // ms between a move and its numbers, or its contours, on the screen: for benchmarks
  const waited = [], contoured = [], asked = new Map();
  function onScreen(list, at, more) {
    // a frame is drawn between the callback of a frame and the next task
    requestAnimationFrame(() => setTimeout(() => {
      list.push({ ms: performance.now() - at, ...more });
      if (list.length > 500) list.shift();
    }, 0));
  }

  const copy = (x) => JSON.parse(JSON.stringify(x));
  const minus = (text) => text.replace("-", "−");
  function signed(value, digits) {
    if (!Number.isFinite(value)) return "–";
    if (Math.abs(value) >= 1e5) return minus(value.toExponential(2));
    if (Math.abs(value) >= 100) digits = Math.abs(value) >= 1000 ? 0 : Math.min(digits, 1);
    const text = value.toFixed(digits);
    return Number(text) === 0 ? (0).toFixed(digits) : (value > 0 ? "+" : "") + minus(text);
  }
  function readable(value, handle) {
    // a thousandth of the range is told apart
    const step = (handle.high - handle.low) / STEPS;
    const digits = Math.max(0, Math.min(12, Math.ceil(-Math.log10(step))));
    return Number(value.toFixed(digits)).toString();
  }
  const finite = (x) => Number.isFinite(x);

  // --- what is asked
  function ask(kind, more) { seq += 1; MQ.send({ ...more, do: kind, seq }); return seq; }

  function keyOfPlane() {
    const others = {};
    for (const h of page.handles) {
      if (h.name !== state.x && h.name !== state.y) others[h.name] = state.values[h.name];
    }
    return JSON.stringify([state.card, state.data, state.wide, state.x, state.y, state.view, others]);
  }

  function fly(rest) {
    const key = keyOfPlane();
    // One coarse plane at a time: what moved meanwhile is asked for when it is there.
    const plane = rest ? fine !== key : coarse !== key && drawing === null;
    if (plane) { coarse = key; if (rest) fine = key; else drawing = seq + 1; }
    dirty = false;
    restless = false;
    // A point at rest may take longer: nothing waits for it, and a move makes it void.
    const begun = since === null ? performance.now() : since;
    resting = rest ? { seq: seq + 1, at: begun } : null;
    if (!rest) flight = { seq: seq + 1, at: begun };
    since = null;
    if (plane) asked.set(seq + 1, { at: begun, key });
    ask("move", { values: copy(state.values), x: state.x, y: state.y, view: state.view, rest,
                  plane, fine: rest, of: [state.card, state.data, state.wide] });
  }

  function moved() {
    if (since === null) since = performance.now();
    marks();
    if (flight) dirty = true; else fly(false);
    clearTimeout(timer);
    timer = setTimeout(settle, REST);
  }
  function settle() {
    if (flight || drawing !== null) { restless = true; return; }
    fly(true);
    save();
  }

  // --- undo
  const kept = () => copy({ values: state.values, card: state.card, data: state.data,
                            wide: state.wide, x: state.x, y: state.y, view: state.view });
  function remember(was) {
    if (JSON.stringify(was) === JSON.stringify(kept())) return;
    past.push(was);
    if (past.length > 100) past.shift();
    future = [];
    offered();
    save();
  }
  function offered() { $("undo").disabled = !past.length; $("redo").disabled = !future.length; }
  function back(from, to) {
    if (!from.length) return;
    to.push(kept());
    restore(from.pop());
    offered();
  }
  function restore(was) {
    const same = was.card === state.card && was.data === state.data && was.wide === state.wide;
    if (same) { state = { ...state, ...copy(was) }; handles(); axes(); moved(); return; }
    change(was.card, was.data, was.wide, was);
  }
  function change(card, data, wide, then) {
    wanted = then || null;
    document.body.classList.add("waiting");
    ask("switch", { card, data, wide });
  }
  function save() {
    if (!page || !MQ.key) return;
    try {
      sessionStorage.setItem(MQ.key, JSON.stringify({ state: kept(), past, future }));
    } catch (error) { /* a browser without storage: the state is not kept over a reload */ }
  }

  // --- sliders
  function handles() {
    const box = $("handles");
    box.textContent = "";
    let own = true;
    for (const h of page.handles) {
      if (own && !h.own && page.handles[0].own) {
        const head = document.createElement("h2");
        head.textContent = "Fixed by the card";
        box.append(head);
      }
      own = h.own;
      box.append(slider(h));
    }
  }
  function slider(h) {
    const row = document.createElement("div");
    row.className = "handle";
    row.dataset.name = h.name;
    const nodes = h.nodes || null;
    row.innerHTML = `<div class="top"><label class="name">${h.label}</label>
      <input type="number" step="any"></div><input type="range" min="0" step="1">
      <div class="ends"><span></span><span></span></div>`;
    const [number, range] = row.querySelectorAll("input");
    const ends = row.querySelectorAll(".ends span");
    range.id = `range-${h.name}`;
    row.querySelector("label").htmlFor = range.id;
    range.max = nodes ? nodes.length - 1 : STEPS;
    number.setAttribute("aria-label", `${h.name}, value`);
    ends[0].textContent = minus(readable(h.low, h));
    ends[1].textContent = minus(readable(h.high, h));
    const place = () => {
      const value = state.values[h.name];
      range.value = nodes ? nearest(nodes, value)
        : Math.round((value - h.low) / (h.high - h.low) * STEPS);
      if (document.activeElement !== number) number.value = readable(value, h);
      range.setAttribute("aria-valuetext", readable(value, h));
    };
    const set = (value) => {
      if (!finite(value)) return;
      if (!before) before = kept();
      let to = Math.min(Math.max(value, h.low), h.high);
      if (nodes) to = nodes[nearest(nodes, to)];
      state.values[h.name] = to;
      if (MQ.together) MQ.together(state, h.name);
      refresh();
      moved();
    };
    const done = () => { if (before) { remember(before); before = null; } };
    range.addEventListener("input", () => set(nodes ? nodes[Number(range.value)]
      : h.low + (h.high - h.low) * Number(range.value) / STEPS));
    range.addEventListener("change", done);
    number.addEventListener("change", () => { set(Number(number.value)); done(); number.blur();
      place(); });
    row.place = place;
    place();
    return row;
  }
  function nearest(nodes, value) {
    let k = 0;
    for (let j = 1; j < nodes.length; j += 1) {
      if (Math.abs(nodes[j] - value) < Math.abs(nodes[k] - value)) k = j;
    }
    return k;
  }
  function refresh() { for (const row of $("handles").children) if (row.place) row.place(); }

  function put(values) {
    const was = kept();
    for (const h of page.handles) {
      if (h.name in values) {
        const to = Math.min(Math.max(values[h.name], h.low), h.high);
        state.values[h.name] = h.nodes ? h.nodes[nearest(h.nodes, to)] : to;
      }
    }
    if (MQ.together) MQ.together(state, Object.keys(values)[0]);
    refresh();
    remember(was);
    moved();
  }

  // --- the plane
  const model = (name) => Bokeh.documents[0] && Bokeh.documents[0].get_model_by_name(name);
  function fill(name, data) {
    const source = model(name);
    if (source) source.setv({ data }, { sync: false });
  }
  const one = () => page.handles.length === 1;
  function labelOf(name) { const h = page.handles.find((x) => x.name === name); return h ? h.label : ""; }

  function axes() {
    for (const [id, key] of [["xaxis", "x"], ["yaxis", "y"]]) {
      const box = $(id);
      box.textContent = "";
      for (const h of page.handles) box.append(new Option(h.name, h.name));
      box.value = state[key];
      box.disabled = !!MQ.fixedAxes;
    }
    for (const id of ["yaxis", "yaxislabel", "fitview"]) if ($(id)) $(id).hidden = one();
    $("acrosslabel").innerHTML = labelOf(state.x);
    $("uplabel").innerHTML = one() ? "Δχ²" : labelOf(state.y);
    $("lowestname").textContent = one() ? "lowest of the curve" : "lowest of the plane";
  }
  function look(view) {
    const x = model("across"), y = model("up");
    if (!x) return;
    MQ.quiet = true;
    // beyond the ranges of the parameters nothing is known
    const [bx, by] = whole();
    x.setv({ bounds: bx }, { sync: false });
    y.setv({ bounds: by }, { sync: false });
    x.setv({ start: view[0][0], end: view[0][1], reset_start: view[0][0], reset_end: view[0][1] },
           { sync: false });
    y.setv({ start: view[1][0], end: view[1][1], reset_start: view[1][0], reset_end: view[1][1] },
           { sync: false });
    setTimeout(() => { MQ.quiet = false; }, 150);
  }
  const ends = (name) => { const h = page.handles.find((z) => z.name === name); return [h.low, h.high]; };
  function whole() { return one() ? [ends(state.x), [-0.3, 10]] : [ends(state.x), ends(state.y)]; }

  const HATCH = { "////": "/", "\\\\\\\\": "\\", "....": ".", "----": "-", "||||": "|", "xxxx": "x",
                  "++++": "+", "oo": "o", "**": "*" };
  function draw() {
    if (!drawn || !page) return;
    const look_ = (name) => page.groups[name] || { colour: mark(), hatch: "", label: name };
    const bands = drawn.bands.filter((b) => b.xs.length);
    fill("bands", {
      xs: bands.map((b) => b.xs), ys: bands.map((b) => b.ys),
      colour: bands.map((b) => look_(b.name).colour),
      hatch: bands.map((b) => HATCH[look_(b.name).hatch] || " "),
    });
    const curve = drawn.kind === "curve";
    fill("lines", {
      xs: drawn.lines.map((l) => l.xs), ys: drawn.lines.map((l) => l.ys),
      colour: drawn.lines.map((l) => (curve && l.name !== "global" ? look_(l.name).colour : mark())),
      dash: drawn.lines.map((l) => l.dash),
    });
    legend(curve);
    marks();
  }
  const mark = () => getComputedStyle(document.documentElement).getPropertyValue("--mark").trim();
  function key(swatch, label) {
    const span = document.createElement("span");
    span.className = "key";
    span.innerHTML = `${swatch}<span>${label}</span>`;
    return span;
  }
  function legend(curve) {
    const box = $("legend");
    box.textContent = "";
    const groups = curve ? drawn.lines.filter((l) => l.name !== "global") : drawn.bands;
    for (const b of groups) {
      const g = page.groups[b.name];
      const unseen = !curve && !b.xs.length;
      const style = curve ? `border:0;border-top:2px dashed ${g.colour};height:0;border-radius:0`
        : `background:${stripes(g)};border-color:${g.colour}`;
      box.append(key(`<i style="${style}"></i>`,
                     g.label + (unseen ? " <span class='soft'>(not in view, or finer than the grid)</span>" : "")));
    }
    if (curve) box.append(key("<i class='line'></i>", "all data"));
    else {
      box.append(key("<i class='line'></i>", "all data, 1σ"));
      box.append(key("<i class='line dashed'></i>", "all data, 2σ"));
    }
    box.append(key("<i class='sign dot'></i>", "this point"));
    box.append(key("<i class='sign'>☆</i>", curve ? "lowest" : "lowest of the plane"));
    const [[a, b], [c, d]] = drawn.view;
    if (drawn.sm && a <= 0 && b >= 0 && c <= 0 && d >= 0) box.append(key("<i class='sign'>■</i>", "SM"));
    const fixed = page.handles.length - (one() ? 1 : 2);
    const held = fixed ? `the other ${fixed === 1 ? "parameter" : `${fixed} parameters`} held at `
      + (fixed === 1 ? "its slider" : "their sliders") : "";
    const grid = curve ? `${drawn.points} points` : `grid ${drawn.points} × ${drawn.points}`
      + (MQ.fixedAxes ? "" : drawn.fine ? ", at rest" : ", while moving");
    $("planenote").textContent = curve
      ? `Each curve is counted from its own minimum; ${grid}.`
      : `Bands: a group alone, Δχ² < 1 from its own minimum. Contours: all data, two parameters, `
        + `Δχ² = 2.30 and 6.18 from the lowest point of the plane${held ? `; ${held}` : ""}. `
        + `${grid[0].toUpperCase()}${grid.slice(1)}.`;
    if (drawn.empty) $("planenote").textContent = `${drawn.empty[0].toUpperCase()}${drawn.empty.slice(1)}. `
      + $("planenote").textContent;
    if (MQ.planeNote) $("planenote").textContent += ` ${MQ.planeNote}`;
  }
  function stripes(g) {
    const angle = { "////": 135, "\\\\\\\\": 45, "||||": 90, "----": 0 }[g.hatch];
    const weak = `color-mix(in srgb, ${g.colour} 35%, transparent)`;
    const lines = (a, fill) => `repeating-linear-gradient(${a}deg, ${g.colour} 0 1px, ${fill} 1px 5px)`;
    if (g.hatch === "xxxx") return `${lines(45, "transparent")}, ${lines(135, weak)}`;
    if (g.hatch === "++++") return `${lines(0, "transparent")}, ${lines(90, weak)}`;
    if (g.hatch === "....") return `radial-gradient(circle, ${g.colour} 1.2px, ${weak} 1.4px) 0 0 / 5px 5px`;
    return angle === undefined ? weak
      : `repeating-linear-gradient(${angle}deg, ${g.colour} 0 1px, ${weak} 1px 5px)`;
  }
  function marks() {
    if (!page || !state.x) return;
    const x = [], y = [], shape = [], size = [], colour = [];
    const add = (a, b, s, n, c) => { x.push(a); y.push(b); shape.push(s); size.push(n); colour.push(c); };
    const card = getComputedStyle(document.documentElement).getPropertyValue("--card").trim();
    if (drawn && drawn.sm) add(0, 0, "square", 9, mark());
    if (drawn) add(drawn.best[0], drawn.best[1], "star", 17, card);
    const up = one() ? (numbers && lowest !== null ? -2 * numbers.total - lowest : 0) : state.values[state.y];
    add(state.values[state.x], up, "circle", 12, POINT);
    // the whole figure is painted anew whenever something in it changes
    const now = JSON.stringify([x, y, shape, colour]);
    if (now === marked) return;
    marked = now;
    fill("marks", { x, y, shape, size, colour });
  }

  // --- numbers, bars and pulls
  function show(found) {
    numbers = found;
    $("total").textContent = signed(found.total, 2);
    $("delta").textContent = signed(found.delta, 2);
    above();
    const box = $("status");
    box.textContent = "";
    for (const text of found.status) {
      const p = document.createElement("p");
      p.className = "note";
      p.textContent = text;
      box.append(p);
    }
    bars();
    pulls();
  }
  function above() {
    // The lowest point is that of a plane with these other parameters, or of none.
    const known = numbers && lowest !== null && lowestOf === keyOfPlane();
    const value = known ? -2 * numbers.total - lowest : NaN;
    $("above").textContent = finite(value) ? minus(Math.max(value, 0).toFixed(value < 100 ? 2 : 0)) : "…";
  }
  const percent = (x) => `${Math.max(0, Math.min(100, 100 * x)).toFixed(2)}%`;
  function bars() {
    const box = $("bars");
    const blocks = chosen === "blocks";
    const entries = Object.entries(blocks ? numbers.blocks : numbers.groups)
      .map(([name, value]) => [name, 2 * value]).filter(([, v]) => finite(v));
    const visible = entries.filter(([, v]) => Math.abs(v) >= 0.005);
    if (blocks) visible.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    const largest = Math.max(4, ...visible.map(([, v]) => Math.abs(v)));
    rowed(box, visible.map(([name]) => `${chosen} ${name}`), (k) => {
      const [name] = visible[k];
      const label = blocks ? plain(name) : (page.groups[name] || { label: plain(name) }).label;
      return `<div class="what">${label}</div><div class="track"><div class="bar"></div>
        <div class="zero" style="left:50%"></div></div><div class="number" data-part="${plain(name)}"></div>`;
    }, (row, k) => {
      const v = visible[k][1];
      bar(row.querySelector(".bar"), 0.5 + 0.5 * Math.min(v, 0) / largest, 0.5 * Math.abs(v) / largest, v < 0);
      row.querySelector(".number").textContent = signed(v, 2);
    });
    const few = entries.length - visible.length;
    $("barsnote").textContent = (blocks
      ? "Blocks add up to the total. To the right: better than the SM."
      : "Each group alone; groups overlap and do not add up. To the right: better than the SM.")
      + (few ? ` ${few} ${blocks ? "block" : "group"}${few > 1 ? "s" : ""} below 0.005 not shown.` : "");
  }
  const plain = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }[c]));
  function pulls() {
    // Where theory errors follow the point a moving one has no pulls.
    const none = !numbers.moved.length && !numbers.full;
    $("pullrows").classList.toggle("stale", none);
    if (none) return;
    const rows = numbers.moved;
    const largest = Math.max(3, ...rows.map((r) => Math.max(Math.abs(r.pull), Math.abs(r.pull_sm)))) * 1.04;
    const at = (v) => percent(0.5 + 0.5 * v / largest);
    const small = (v) => (Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(3) : v.toPrecision(4));
    rowed($("pullrows"), rows.map((r) => r.name), (k) => {
      const r = rows[k];
      return `<div class="what">${r.label}</div><div class="number insm soft"></div><div class="number here"></div>
        <div class="track">${'<div class="tick"></div>'.repeat(4)}<div class="bar"></div>
        <div class="zero" style="left:50%"></div><div class="sm"></div></div>`;
    }, (row, k) => {
      const r = rows[k];
      const tip = `${r.name}: SM ${small(r.sm)}, here ${small(r.value)}, measured ${small(r.measured)} ± ${small(r.uncertainty)}; block ${r.block}`;
      row.title = tip;
      row.querySelectorAll(".tick").forEach((t, j) => { t.style.left = at([-2, -1, 1, 2][j]); });
      bar(row.querySelector(".bar"), 0.5 + 0.5 * Math.min(r.pull, 0) / largest, 0.5 * Math.abs(r.pull) / largest,
          Math.abs(r.pull) > Math.abs(r.pull_sm));
      row.querySelector(".sm").style.left = at(r.pull_sm);
      row.querySelector(".insm").textContent = signed(r.pull_sm, 1);
      row.querySelector(".here").textContent = signed(r.pull, 1);
    });
  }
  /* Rows of a table by name: what is there already is filled anew and moved, not made anew, since
     formulae take a browser longer than everything else. */
  function rowed(box, names, make, set) {
    const known = new Map([...box.children].filter((e) => e.dataset.row !== undefined).map((e) => [e.dataset.row, e]));
    const order = names.map((name, k) => {
      let row = known.get(name);
      if (!row) {
        row = document.createElement("div");
        row.className = "pullrow";
        row.dataset.row = name;
        row.innerHTML = make(k);
      }
      set(row, k);
      return row;
    });
    const now = [...box.children].filter((e) => e.dataset.row !== undefined);
    if (now.length !== order.length || now.some((e, k) => e !== order[k])) {
      now.forEach((e) => e.remove());
      box.append(...order);
    }
  }
  function bar(element, start, width, striped) {
    element.style.left = percent(start);
    element.style.width = percent(width);
    element.classList.toggle("minus", striped);
  }

  // --- what is answered
  const answers = {
    page(found) {
      page = found;
      born = found.seq || 0;
      state.card = found.card;
      state.data = found.data;
      state.wide = !!found.asked_wide;
      const names = page.handles.map((h) => h.name);
      const old = wanted || {};
      state.values = {};
      for (const h of page.handles) {
        const was = (old.values || {})[h.name];
        const to = finite(was) ? Math.min(Math.max(was, h.low), h.high) : h.start;
        state.values[h.name] = h.nodes ? h.nodes[nearest(h.nodes, to)] : to;
      }
      const first = page.axes;
      state.x = names.includes(old.x) ? old.x : first[0];
      state.y = names.includes(old.y) && old.y !== state.x ? old.y : [...first, ...names].find((n) => n !== state.x) || null;
      state.view = old.view && old.x === state.x && old.y === state.y ? old.view : whole();
      const search = !(old.view && old.x === state.x);
      wanted = null;
      $("bars").textContent = ""; // labels are those of a card
      for (const row of [...$("pullrows").children]) if (row.dataset.row !== undefined) row.remove();
      drawn = null; numbers = null; marked = ""; lowest = null; coarse = ""; fine = ""; flight = null; drawing = null; resting = null;
      if ($("card")) {
        $("card").value = state.card; $("data").value = state.data;
        // a card of which nothing is free has no other sliders
        $("wide").value = page.wide ? "wide" : "";
        $("wide").disabled = page.wide && !state.wide;
        $("theoryout").textContent = ""; $("lhcout").textContent = "";
      }
      const notes = $("cardnotes");
      notes.textContent = "";
      for (const text of found.notes) {
        const p = document.createElement("p");
        p.className = "note"; p.textContent = text; notes.append(p);
      }
      $("banner").hidden = true;
      document.body.classList.remove("waiting");
      document.body.classList.toggle("few", page.handles.length <= 3);
      offered();
      handles(); axes(); look(state.view);
      foot();
      fly(false);
      if (search && !one() && !MQ.fixedAxes) ask("view", { values: copy(state.values), x: state.x, y: state.y });
      clearTimeout(timer);
      timer = setTimeout(settle, REST);
    },
    numbers(found) {
      const full = resting !== null && found.seq === resting.seq;
      if (!full && (!flight || found.seq !== flight.seq)) return;
      const { at } = full ? resting : flight;
      if (full) resting = null; else flight = null;
      show(found);
      marks();
      onScreen(waited, at, { server: found.ms, rest: full, seq: found.seq });
      $("total").dataset.seq = found.seq;
      if (full) return;
      if (dirty) fly(false); else if (restless) settle();
    },
    plane(found) {
      if (found.seq <= born) return; // of another card or other data
      if (found.seq === drawing) drawing = null;
      if (found.x !== state.x || (found.y !== state.y && found.y !== null)) return;
      drawn = found;
      lowest = found.minimum;
      lowestOf = asked.has(found.seq) ? asked.get(found.seq).key : "";
      draw();
      above();
      if (!flight && drawing === null) {
        if (coarse !== keyOfPlane()) fly(false); else if (restless) settle();
      }
      $("plane").dataset.seq = found.seq;
      $("plane").dataset.fine = found.fine;
      if (asked.has(found.seq)) {
        onScreen(contoured, asked.get(found.seq).at, { server: found.ms, fine: found.fine, seq: found.seq });
      }
      for (const old of [...asked.keys()]) if (old <= found.seq) asked.delete(old);
    },
    view(found) {
      if (found.seq <= born || found.x !== state.x || found.y !== state.y) return;
      state.view = found.view;
      look(state.view);
      above();
      moved();
    },
    busy(found) {
      $("busy").hidden = !found.text;
      $("busytext").textContent = found.text;
    },
    fault(found) {
      flight = null;
      drawing = null;
      $("busy").hidden = true;
      if (found.do === "theory" || found.do === "lhc") {
        $(`${found.do}out`).innerHTML = `<p class="note">${plain(found.text)}</p>`;
        return;
      }
      $("banner").hidden = false;
      $("banner").textContent = found.text;
      if (found.do === "switch") {
        wanted = null;
        if (page) {
          document.body.classList.remove("waiting");
          $("card").value = state.card; $("data").value = state.data;
          $("wide").value = page.wide ? "wide" : "";
        }
      }
    },
    card(found) {
      $("cardtext").value = found.text;
      $("cardtotal").textContent = minus(found.total.toFixed(3));
      $("cardtotal").dataset.exact = found.total;
      $("cardcommand").textContent = found.command;
      $("cardsave").href = URL.createObjectURL(new Blob([found.text], { type: "text/yaml" }));
      if (!$("cardbox").open) $("cardbox").showModal();
      $("cardtext").select();
    },
    best(found) {
      if (found.seq <= born) return;
      put(found.values);
    },
    theory(found) {
      if (found.seq <= born) return;
      const rows = found.rows.map((r) => `<tr><td>${r.loops} loop</td><td>${plain(r["Landau pole"])}</td>
        <td>${plain(r["coupling above 4 pi"])}</td><td>${plain(r["unitarity lost"])}</td><td>${plain(r.potential)}</td></tr>`);
      $("theoryout").innerHTML = `<p class="soft">${plain(found.head)}; ${where(found.values)}</p>
        <table><tr><th></th><th>Landau pole</th><th>above 4π</th><th>unitarity lost</th><th>potential</th></tr>${rows.join("")}</table>
        <p>Tree-level minimum that breaks colour or charge: ${plain(found.colour)}.</p>
        <div class="wide"><img alt="flow of the couplings, two loops" src="${found.picture}"></div>`;
    },
    lhc(found) {
      if (found.seq <= born) return;
      const decays = found.decays.map((d) => `<tr><td>${plain(d.component)}</td><td>${d.mass.toFixed(0)}</td>
        <td>${d.width.toPrecision(3)}</td><td>${plain(Object.entries(d.branching).map(([c, b]) => `${c} ${(100 * b).toFixed(1)} %`).join(", ") || "none")}</td></tr>`);
      $("lhcout").innerHTML = `<p class="soft">${where(found.values)}</p>`
        + found.verdict.map((t) => `<p>${plain(t)}</p>`).join("")
        + `<table><tr><th>component</th><th>mass [GeV]</th><th>width [GeV]</th><th>decays</th></tr>${decays.join("")}</table>`
        + found.notes.map((t) => `<p class="soft">${plain(t)}</p>`).join("");
    },
  };
  function where(values) {
    return `at ${page.handles.map((h) => `${plain(h.name)} = ${minus(readable(values[h.name], h))}`).join(", ")}`;
  }
  function hear(kind, found) { if (answers[kind]) answers[kind](found); }

  function foot() {
    const stack = Object.entries(page.stack).map(([n, v]) => `${n} ${v}`).join(", ");
    $("footer").innerHTML = `<p>Data <b>${plain(page.data_title)}</b>: ${page.measurements} observables`
      + `${stack ? `, predictions of ${plain(stack)}` : ""}; theory errors ${plain(page.theory_errors)}${page.order ? `; order of the matching: ${plain(page.order)}` : ""}.
      muoquark ${plain(page.version)}. The SM reference is the same data with no new physics: all numbers are differences to it.</p>
      <p>While a slider moves the numbers are those of the likelihood compiled for this card; when it rests those of the whole pass,
      which <code>muoquark loglike</code> prints.</p>`;
    if (MQ.footNote) $("footer").innerHTML = MQ.footNote;
  }

  // --- dark and light
  function theme(name) {
    document.documentElement.dataset.theme = name;
    $("theme").textContent = name === "dark" ? "Light" : "Dark";
    const style = getComputedStyle(document.documentElement);
    const colour = (v) => style.getPropertyValue(v).trim();
    const figure = model("figure");
    if (!figure) return;
    figure.setv({ background_fill_color: colour("--card"), border_fill_color: colour("--card"),
                  outline_line_color: colour("--line") }, { sync: false });
    for (const axis of ["xaxis", "yaxis"]) {
      model(axis).setv({ axis_line_color: colour("--soft"), major_tick_line_color: colour("--soft"),
        minor_tick_line_color: colour("--soft"), major_label_text_color: colour("--text") }, { sync: false });
    }
    for (const grid of ["xgrid", "ygrid"]) model(grid).setv({ grid_line_color: colour("--line") }, { sync: false });
    model("markglyph").setv({ line_color: colour("--mark") }, { sync: false });
    draw();
  }

  function ready() {
    const on = (id, what) => { const e = $(id); if (e) e.addEventListener("click", what); };
    on("undo", () => back(past, future));
    on("redo", () => back(future, past));
    on("start", () => put(Object.fromEntries(page.handles.map((h) => [h.name, h.start]))));
    on("best", () => ask("best", { values: copy(state.values) }));
    on("copy", () => ask("card", { values: copy(state.values) }));
    on("theory", () => ask("theory", { values: copy(state.values) }));
    on("lhc", () => ask("lhc", { values: copy(state.values) }));
    on("fitview", () => ask("view", { values: copy(state.values), x: state.x, y: state.y }));
    on("whole", () => { state.view = whole(); look(state.view); moved(); });
    on("cardclose", () => $("cardbox").close());
    on("cardcopy", async () => {
      $("cardtext").select();
      try { await navigator.clipboard.writeText($("cardtext").value); } catch (error) { document.execCommand("copy"); }
      $("cardcopy").textContent = "Copied";
      setTimeout(() => { $("cardcopy").textContent = "Copy"; }, 1500);
    });
    for (const [id, what] of [["bygroup", "groups"], ["byblock", "blocks"]]) {
      on(id, () => {
        chosen = what;
        $("bygroup").setAttribute("aria-pressed", chosen === "groups");
        $("byblock").setAttribute("aria-pressed", chosen === "blocks");
        bars();
      });
    }
    for (const id of ["card", "data", "wide"]) {
      const box = $(id);
      if (box) box.addEventListener("change", () => {
        remember_switch();
        const same = id === "data" || id === "wide";
        const wide = id === "wide" ? $("wide").value === "wide" : state.wide;
        change($("card").value, $("data").value, wide, same ? kept() : null);
      });
    }
    for (const [id, key, other] of [["xaxis", "x", "y"], ["yaxis", "y", "x"]]) {
      $(id).addEventListener("change", () => {
        const was = kept();
        if (state[other] === $(id).value) state[other] = state[key];
        state[key] = $(id).value;
        state.view = whole();
        drawn = null; lowest = null;
        axes(); look(state.view); remember(was); moved();
        if (!one()) ask("view", { values: copy(state.values), x: state.x, y: state.y });
      });
    }
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.target.matches("input[type=number], textarea")) return;
      if (event.key === "z" && !event.shiftKey) { event.preventDefault(); back(past, future); }
      if (event.key === "y" || (event.key === "z" && event.shiftKey)) { event.preventDefault(); back(future, past); }
    });
    const pan = model("figure").toolbar.tools.find((tool) => tool.type === "PanTool");
    if (pan && !matchMedia("(pointer: coarse)").matches) pan.setv({ active: true }, { sync: false });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
    on("theme", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
    theme(dark.matches ? "dark" : "light");
  }
  function remember_switch() { past.push(kept()); future = []; offered(); }

  function tapped(x, y) {
    if (!page || !finite(x)) return;
    const values = { [state.x]: x };
    if (!one()) values[state.y] = y;
    put(values);
  }
  function ranged(x0, x1, y0, y1) {
    if (!page || MQ.quiet || one() || MQ.fixedAxes) return;
    state.view = [[x0, x1], [y0, y1]];
    moved();
  }
  function recall(found) { past = found.past; future = found.future; wanted = found.state; }

  return { send: null, key: "", quiet: false, waited, contoured, hear, ready, tapped, ranged, recall, change,
           theme, get state() { return state; }, get page() { return page; }, ask };
})();
