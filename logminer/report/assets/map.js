// The map: marks in WebGL, and beside them how many answers of each arm are in what was chosen. All is in the page already.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const live = byId("map-live");
  const data = JSON.parse(byId("map-data").textContent);
  const { arms, clusters, behaviours, groups, marks } = data;
  const MIXED = 65535;
  const TOP = 10; // clusters with a colour and a label of their own
  const CROWDED = Math.max(0.35, Math.min(1, Math.sqrt(200 / marks))); // many cells are drawn smaller
  const SIZES = Array.from({ length: 24 }, (_, i) => (7 + 1.6 * i) * CROWDED); // an area for each answer, more or less
  const MANY = 0.25; // how much more of an arm than elsewhere makes a cell its own
  const unpacked = async () => {
    const bytes = Uint8Array.from(atob(data.packed), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const buffer = await new Response(stream).arrayBuffer();
    let at = 0;
    const take = (Kind, n) => {
      const part = new Kind(buffer.slice(at, at + n * Kind.BYTES_PER_ELEMENT));
      at += n * Kind.BYTES_PER_ELEMENT;
      return part;
    };
    const found = { x: take(Uint16Array, marks), y: take(Uint16Array, marks), cluster: take(Uint16Array, marks) };
    if (data.cells) {
      found.n = take(Uint32Array, marks * arms.length);
      found.yes = take(Uint32Array, marks * behaviours.length * arms.length);
    } else {
      found.arm = take(Uint8Array, marks);
      found.flags = take(Uint32Array, marks);
    }
    return found;
  };

  // How many answers a mark is, of an arm, and how many of them show a behaviour.
  const reader = (points) => {
    const of = arms.length;
    if (!data.cells) {
      return {
        n: (i, arm) => +(points.arm[i] === arm),
        yes: (i, what, arm) => +(points.arm[i] === arm && ((points.flags[i] >>> what) & 1) === 1),
      };
    }
    return {
      n: (i, arm) => points.n[i * of + arm],
      yes: (i, what, arm) => points.yes[(i * behaviours.length + what) * of + arm],
    };
  };

  const counted = (chosen, read) => {
    const n = arms.map(() => 0);
    const yes = behaviours.map(() => arms.map(() => 0));
    for (const i of chosen) {
      for (let arm = 0; arm < arms.length; arm += 1) {
        n[arm] += read.n(i, arm);
        for (let what = 0; what < behaviours.length; what += 1) yes[what][arm] += read.yes(i, what, arm);
      }
    }
    return { n, yes };
  };

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const number = (n) => n.toLocaleString("en");
  const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
  const figure = (n) => element("data", number(n), { value: n });

  // What was chosen, as a sentence and a table.
  const tell = (title, found, whole) => {
    const table = element("table");
    const head = table.createTHead().insertRow();
    head.append(element("td"), ...arms.map((arm) => element("th", arm, { scope: "col", class: "num" })));
    const body = table.createTBody();
    const line = (name, ns, of) => {
      const row = body.insertRow();
      row.append(element("th", name, { scope: "row" }));
      ns.forEach((n, arm) => {
        const cell = row.insertCell();
        cell.className = "num";
        if (n === null || of[arm] === null) return void cell.append(element("span", data.few, { class: "few" }));
        cell.append(figure(n), element("small", of[arm] ? percent(n / of[arm]) : ""));
      });
    };
    line("answers", found.n, whole.n);
    (found.yes || []).forEach((ns, what) => {
      if (groups[0].yes[what].some(Boolean)) line(behaviours[what], ns, found.n);
    });
    const scroll = element("div", undefined, { class: "scroll", tabindex: "0", role: "region", "aria-label": "Counts" });
    scroll.append(table);
    byId("map-told").replaceChildren(
      element("p", title),
      scroll,
      element("p", "Answers: share of the arm’s own; below: share of the answers counted.", { class: "note" }),
    );
  };

  // By what marks are coloured: for each way the groups, by name and colour, and the group of each mark.
  const ways = (points, read) => {
    const all = [...Array(marks).keys()];
    const whole = data.cells || data.sampled ? counted(all, read) : groups[0];
    const armOf = data.cells
      ? (i) => {
          const total = arms.reduce((sum, _, arm) => sum + read.n(i, arm), 0);
          const everything = whole.n.reduce((a, b) => a + b, 0);
          const more = arms.map((_, arm) => read.n(i, arm) / total / (whole.n[arm] / everything || 1));
          const most = more.indexOf(Math.max(...more));
          return more[most] > 1 + MANY ? most : arms.length;
        }
      : (i) => points.arm[i];
    const found = [
      {
        name: "checkpoint",
        groups: [
          ...arms.map((arm, i) => [data.cells ? `more of ${arm} than elsewhere` : arm, `--lm-arm-${i % 6}`]),
          ...(data.cells ? [["about as everywhere", "--map-rest"]] : []),
        ],
        of: armOf,
      },
      {
        name: "cluster",
        groups: [
          ...clusters.filter((c) => c.id >= 0).slice(0, TOP).map((c, i) => [c.name, `--map-${i + 1}`]),
          ["other clusters", "--map-rest"],
          ["in no cluster (−1)", "--map-none"],
          ...(data.cells ? [["several clusters", "--map-mixed"]] : []),
        ],
        of: (i) => {
          const own = points.cluster[i];
          const top = Math.min(TOP, clusters.filter((c) => c.id >= 0).length);
          if (own === MIXED) return top + 2;
          return clusters[own].id < 0 ? top + 1 : Math.min(own, top);
        },
      },
    ];
    behaviours.forEach((name, what) => {
      if (!groups[0].yes[what].some(Boolean)) return;
      const share = (i) => {
        let [n, yes] = [0, 0];
        for (let arm = 0; arm < arms.length; arm += 1) {
          n += read.n(i, arm);
          yes += read.yes(i, what, arm);
        }
        return yes / n;
      };
      found.push({
        name,
        groups: data.cells
          ? [["none", "--map-s0"], ["up to a quarter of its answers", "--map-s1"], ["up to a half", "--map-s2"], ["more", "--map-s3"]]
          : [["no", "--map-s0"], ["yes", "--map-s3"]],
        of: data.cells
          ? (i) => {
              const rate = share(i);
              return rate === 0 ? 0 : rate <= 0.25 ? 1 : rate <= 0.5 ? 2 : 3;
            }
          : share,
      });
    });
    return { found, whole };
  };

  // What may be counted without a pointer: everything, a cluster, or who shows a behaviour.
  const choices = (points, read) => {
    const all = [...Array(marks).keys()];
    const made = [{ name: "everything", title: "Everything", told: groups[0], chosen: [] }];
    arms.forEach((arm, own) => {
      const [n, yes] = [groups[0].n, groups[0].yes];
      const only = (values) => values.map((value, i) => (i === own ? value : 0));
      const told = { n: only(n), yes: yes.map(only) };
      made.push({ name: `answers of ${arm}`, title: `Answers of ${arm}`, told, chosen: all.filter((i) => read.n(i, own)) });
    });
    clusters.forEach((cluster, place) => {
      const chosen = all.filter((i) => points.cluster[i] === place);
      const numbered = cluster.id >= 0 && cluster.name !== `cluster ${cluster.id}`;
      const name = numbered ? `cluster ${cluster.name}` : cluster.name;
      const title = name[0].toUpperCase() + name.slice(1);
      made.push({ name, title, told: groups[place + 1], chosen, place });
    });
    behaviours.forEach((name, what) => {
      const n = groups[0].yes[what];
      if (!n.some(Boolean)) return;
      const shows = (i) => arms.some((_, arm) => read.yes(i, what, arm));
      made.push({ name: `shows: ${name}`, title: `Shows: ${name}`, told: { n }, chosen: all.filter(shows) });
    });
    return made;
  };

  const swatch = (colour) => {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    drawn.setAttribute("viewBox", "-6 -6 12 12");
    drawn.setAttribute("aria-hidden", "true");
    circle.setAttribute("r", "5");
    circle.setAttribute("fill", colour);
    drawn.append(circle);
    return drawn;
  };

  const start = async () => {
    const points = await unpacked();
    const read = reader(points);
    const { found, whole } = ways(points, read);
    const offered = choices(points, read);
    const colourBy = byId("map-colour");
    const choose = byId("map-choose");
    const stage = byId("map-stage");
    const canvas = byId("map-canvas");
    found.forEach((way, i) => colourBy.append(element("option", way.name, { value: i })));
    offered.forEach((one, i) => choose.append(element("option", one.name, { value: i })));
    choose.append(element("option", "what was drawn around", { value: "drawn", hidden: "" }));

    live.hidden = false; // a canvas that is not shown has no size
    const plot = createScatterplot.default({
      canvas, width: "auto", height: "auto", aspectRatio: 1, mouseMode: "lasso", cameraIsFixed: true, showReticle: false,
      lassoInitiator: false, lassoMinDelay: 8, lassoMinDist: 2, deselectOnDblClick: true, pointSizeSelected: 2,
      ...(data.cells
        ? { pointSize: SIZES, sizeBy: "valueB", opacity: 0.85 }
        : { pointSize: marks > 20000 ? 2 : marks > 3000 ? 3 : 4.5, opacityBy: "density", opacityByDensityFill: 0.18 }),
    });
    if (!plot.isSupported && !plot.get("renderer").isSupported) throw new Error("WebGL lacks what is needed");

    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const at = (values) => Float32Array.from(values, (v) => (v / 65535) * 1.84 - 0.92);
    const x = at(points.x);
    const y = at(points.y);
    const size = Float32Array.from({ length: marks }, (_, i) => {
      if (!data.cells) return 0;
      const n = arms.reduce((sum, _, arm) => sum + read.n(i, arm), 0);
      return Math.min(SIZES.length - 1, Math.round(Math.sqrt(n)));
    });
    const legend = (way) => {
      const used = new Set(way.group);
      byId("map-legend").replaceChildren(
        ...way.groups.flatMap(([name, variable], i) => {
          if (!used.has(i)) return [];
          const item = element("li");
          item.append(swatch(colour(variable)), element("span", name));
          return [item];
        }),
      );
    };
    const painted = async () => {
      const way = found[+colourBy.value];
      way.group = way.group || Float32Array.from({ length: marks }, (_, i) => way.of(i));
      const colours = way.groups.map(([, variable]) => colour(variable));
      plot.set({
        backgroundColor: colour("--lm-ground"), colorBy: "valueA", pointColor: colours, pointColorActive: colour("--lm-ink"),
        pointColorHover: colour("--lm-ink"), lassoColor: colour("--lm-equivalent"),
      });
      await plot.draw({ x, y, valueA: way.group, valueB: size }, { zDataType: "categorical", wDataType: "categorical", select: chosen });
      legend(way);
    };
    // One drawing at a time; of what is asked for meanwhile the last is drawn next.
    let [painting, again] = [null, false];
    const paint = () => {
      again = painting !== null;
      painting ??= (async () => {
        do {
          again = false;
          await painted();
        } while (again);
      })().finally(() => { painting = null; });
      return painting;
    };

    // Names of the largest clusters, each at the mark of it that is nearest to its middle.
    const labels = clusters.flatMap((cluster, place) => {
      const mine = place < TOP && cluster.id >= 0 ? [...Array(marks).keys()].filter((i) => points.cluster[i] === place) : [];
      if (!mine.length) return [];
      const middle = (values) => [...mine].map((i) => values[i]).sort((a, b) => a - b)[mine.length >> 1];
      const [mx, my] = [middle(points.x), middle(points.y)];
      const away = (i) => Math.hypot(points.x[i] - mx, points.y[i] - my);
      const anchor = mine.reduce((best, i) => (away(i) < away(best) ? i : best), mine[0]);
      const label = element("span", cluster.name.length > 30 ? `${cluster.name.slice(0, 29)}…` : cluster.name);
      byId("map-labels").append(label);
      return [{ label, anchor, place }];
    });
    const place = () => {
      const [wide, high] = [stage.clientWidth, stage.clientHeight];
      const taken = [];
      for (const { label, anchor } of labels) {
        const [left, top] = plot.getScreenPosition(anchor) || [-999, -999];
        const [w, h] = [label.offsetWidth, label.offsetHeight];
        const box = [Math.max(2, Math.min(wide - w - 2, left - w / 2)), top - h / 2 - (data.cells ? h / 2 + 12 : 0), w, h];
        const away = left < 0 || left > wide || top < 0 || top > high;
        const hits = away || taken.some((b) => box[0] < b[0] + b[2] && b[0] < box[0] + w && box[1] < b[1] + b[3] && b[1] < box[1] + h);
        label.style.visibility = hits ? "hidden" : "visible";
        label.style.transform = `translate(${box[0]}px, ${box[1]}px)`;
        if (!hits) taken.push(box);
      }
    };

    let chosen = [];
    const show = (title, told, marked, drawn = false) => {
      chosen = marked;
      tell(title, told, drawn && data.sampled ? whole : groups[0]);
    };
    const pick = (value) => {
      const one = offered[value];
      for (const { label, place: own } of labels) label.className = own === one.place ? "chosen" : "";
      if (one.chosen.length) plot.select(one.chosen, { preventEvent: true });
      else plot.deselect({ preventEvent: true });
      show(one.title, one.told, one.chosen);
    };
    colourBy.addEventListener("change", paint);
    choose.addEventListener("change", () => pick(+choose.value));
    plot.subscribe("select", ({ points: marked }) => {
      choose.value = "drawn";
      show(data.cells ? `${number(marked.length)} marks drawn around` : "Drawn around", counted(marked, read), marked, true);
    });
    plot.subscribe("deselect", () => {
      choose.value = "0";
      pick(0);
    });
    const mode = (lasso) => {
      byId("map-lasso").setAttribute("aria-pressed", lasso);
      byId("map-pan").setAttribute("aria-pressed", !lasso);
      plot.set({ mouseMode: lasso ? "lasso" : "panZoom", cameraIsFixed: lasso });
    };
    byId("map-lasso").addEventListener("click", () => mode(true));
    byId("map-pan").addEventListener("click", () => mode(false));
    byId("map-reset").addEventListener("click", async () => {
      choose.value = "0";
      pick(0);
      await plot.reset();
      place();
    });
    plot.subscribe("view", place);
    new ResizeObserver(() => requestAnimationFrame(place)).observe(stage);
    addEventListener("lm-theme", paint);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);

    await paint();
    pick(0);
    place();
    byId("map-none").hidden = true;
    byId("map-table").open = false;
    Object.defineProperty(stage, "lm", { value: plot }); // for whoever looks at it with the browser's tools
    stage.dataset.drawn = Math.round(performance.now()); // milliseconds after the page was asked for
  };

  start().catch((error) => {
    live.hidden = true;
    byId("map-none").hidden = false;
    byId("map-none").dataset.why = error.message;
  });
})();
