"use strict";
/* The page with a server: wishes and answers travel as texts of two models of Bokeh. */
MQ.begin = (start) => {
  const document_ = Bokeh.documents[0];
  MQ.key = `muoquark ${start.key}`;
  MQ.send = (wish) => {
    document_.get_model_by_name("wish").data = { json: [JSON.stringify(wish)] };
  };
  const fill = (id, entries) => {
    const box = document.getElementById(id);
    const heads = {};
    for (const one of entries) {
      let into = box;
      if (one.head) {
        if (!heads[one.head]) {
          heads[one.head] = Object.assign(document.createElement("optgroup"), { label: one.head });
          box.append(heads[one.head]);
        }
        into = heads[one.head];
      }
      into.append(new Option(one.title, one.key));
    }
  };
  fill("card", start.cards);
  fill("data", start.data);
  MQ.ready();
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(MQ.key)); } catch (error) { /* nothing kept */ }
  if (kept) {
    MQ.recall(kept);
    MQ.change(kept.state.card, kept.state.data, kept.state.wide, kept.state);
  } else MQ.change("given", "given", false, null);
};
MQ.told = (data) => {
  const [kind, found] = JSON.parse(data.json[0]);
  MQ.hear(kind, found);
};
/* A connection that is lost: wait for the server, then load the page again, which finds the state
   of this tab where it left it. */
MQ.lost = () => {
  const banner = document.getElementById("banner");
  banner.hidden = false;
  banner.textContent = "The connection to muoquark is lost; trying again. What is set here is kept.";
  document.body.classList.add("waiting");
  const again = async () => {
    try {
      const answer = await fetch("metadata", { cache: "no-store" });
      if (answer.ok) { location.reload(); return; }
    } catch (error) { /* not yet */ }
    setTimeout(again, 1000);
  };
  setTimeout(again, 300);
};
