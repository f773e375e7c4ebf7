(() => {
  "use strict";

  function prepareTable() {
    const table = document.querySelector("table.errors");
    if (!table) return;
    const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
    const texts = rows.map((row) => `${row.textContent} ${row.dataset.path}`.toLowerCase());
    const order = new Map(rows.map((row, index) => [row, index]));
    const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
    const directions = [...document.querySelectorAll(".direction")];
    const fields = Object.fromEntries(
      [...document.querySelectorAll("[data-filter]")].map((field) => [field.dataset.filter, field]));
    const noun = document.querySelector(".filter").dataset.noun ?? "errors";
    const count = document.querySelector(".filter .count");
    const nothing = document.querySelector("#tracks .nothing");
    const errorCount = rows.filter((row) => !row.matches(".correct")).length;

    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => sort(head, column));
    });

    function sort(head, column) {
      const isNumber = head.dataset.kind === "number";
      const before = head.getAttribute("aria-sort");
      // Numbers begin with the largest, words with the first letter.
      const rising = before === "none" ? !isNumber : before === "descending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const keys = new Map(rows.map((row) => {
        const cell = row.cells[column];
        return [row, isNumber ? (cell.dataset.v === undefined ? NaN : Number(cell.dataset.v)) : cell.textContent];
      }));
      const sign = rising ? 1 : -1;
      const sorted = [...rows].sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        if (isNumber) {
          if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || order.get(a) - order.get(b);
          return sign * (x - y) || order.get(a) - order.get(b);
        }
        return sign * collator.compare(x, y) || order.get(a) - order.get(b);
      });
      body.append(...sorted);
    }

    function filter() {
      const words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = { true: fields.true?.value ?? "", heard: fields.heard?.value ?? "" };
      const withCorrect = fields.correct?.checked ?? false;
      const passed = new Set();
      let errors = 0, correct = 0;
      rows.forEach((row, index) => {
        const passes = (wanted.true === "" || row.dataset.true === wanted.true)
          && (wanted.heard === "" || row.dataset.heard === wanted.heard)
          && words.every((word) => texts[index].includes(word));
        const isCorrect = row.matches(".correct");
        const shows = passes && (withCorrect || !isCorrect);
        if (row.hidden === shows) row.hidden = !shows;
        if (!shows) return;
        if (isCorrect) { correct += 1; } else { errors += 1; }
        if (row.dataset.card) passed.add(row.dataset.card);
      });
      count.textContent = `${errors} of ${errorCount} ${noun}${withCorrect ? `, ${correct} correct` : ""}`;
      const isFiltered = words.length > 0 || wanted.true !== "" || wanted.heard !== "";
      let cardsLeft = 0;
      for (const direction of directions) {
        let left = 0;
        for (const card of direction.querySelectorAll(".card")) {
          const shows = !isFiltered || passed.has(card.id);
          if (card.hidden === shows) card.hidden = !shows;
          left += shows ? 1 : 0;
        }
        direction.hidden = left === 0;
        cardsLeft += left;
      }
      if (nothing) nothing.hidden = cardsLeft > 0;
    }

    // A link leads to a card that the filter hides.
    document.addEventListener("unfilter", () => {
      for (const name of ["text", "true", "heard"]) if (fields[name]) fields[name].value = "";
      filter();
    });
    document.querySelector(".filter").addEventListener("input", filter);
    filter();
  }

  addEventListener("DOMContentLoaded", prepareTable);
})();
