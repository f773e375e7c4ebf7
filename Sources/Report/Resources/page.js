(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  // Colours: the reader's system decides until the button is pressed. Storage may be refused, as for files on disk.
  const stored = {
    get() { try { return localStorage.getItem("genrelens-theme"); } catch { return null; } },
    set(theme) { try { localStorage.setItem("genrelens-theme", theme); } catch { /* only for this visit */ } },
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let theme = stored.get();
  const isDark = () => (theme ?? (system.matches ? "dark" : "light")) === "dark";
  function showTheme() {
    if (theme) root.dataset.theme = theme;
    document.getElementById("theme")?.setAttribute("aria-pressed", String(isDark()));
  }
  showTheme();
  system.addEventListener("change", showTheme);

  // ---- Cards: strips and details are plain text in <noscript> until they come near ----

  function unfold(card) {
    const later = card?.querySelector(".later");
    if (!later) return;
    const template = document.createElement("template");
    template.innerHTML = later.textContent;
    later.replaceWith(template.content);
  }

  function prepareCards() {
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        watch.unobserve(entry.target);
        unfold(entry.target);
      }
    }, { rootMargin: "1200px 0px" });
    for (const later of document.querySelectorAll(".later")) watch.observe(later.parentElement);
    let opened = [];
    addEventListener("beforeprint", () => {
      document.querySelectorAll(".card").forEach(unfold);
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach((details) => { details.open = true; });
    });
    addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
  }

  // ---- Player: made when a card is first used ----

  const players = new Map();
  let current = null;
  let playing = null;

  function playerOf(card) {
    if (!card) return null;
    if (players.has(card)) return players.get(card);
    unfold(card);
    const box = card.querySelector(".player");
    if (!box) return null;
    // The browser's own players stand in <noscript>, which is text here: their addresses are ours too.
    const native = new DOMParser().parseFromString(box.querySelector("noscript").textContent, "text/html");
    const player = {
      card, box, sounds: [], active: 0, known: Number(box.dataset.seconds) || 0,
      slider: card.querySelector(".seek"), head: card.querySelector(".head"), clock: box.querySelector(".clock"),
      button: box.querySelector(".play"), choices: [...box.querySelectorAll("[data-sound]")],
    };
    for (const element of native.querySelectorAll("audio")) {
      const sound = new Audio();
      sound.preload = "auto";
      sound.src = element.getAttribute("src");
      sound.addEventListener("loadedmetadata", () => { if (sound === active(player)) draw(player); });
      sound.addEventListener("ended", () => pause(player));
      sound.addEventListener("error", () => {
        if (sound === active(player)) fail(player);
      });
      player.sounds.push(sound);
    }
    players.set(card, player);
    return player;
  }

  const active = (player) => player.sounds[player.active];
  const length = (player) => player.known || active(player).duration || 0;

  function fail(player) {
    pause(player);
    player.clock.textContent = "This sound cannot be played: is the file beside the page?";
  }

  function draw(player) {
    const seconds = active(player).currentTime, whole = length(player);
    const share = whole > 0 ? Math.min(seconds / whole, 1) : 0;
    player.card.classList.add("used");
    player.head.style.transform = `translateX(${(100 * share).toFixed(3)}%)`;
    const words = `${seconds.toFixed(1)} / ${whole.toFixed(1)}\u00A0s`;
    if (player.clock.textContent === words) return;
    player.clock.textContent = words;
    player.slider.setAttribute("aria-valuenow", seconds.toFixed(1));
    player.slider.setAttribute("aria-valuemax", whole.toFixed(1));
    player.slider.setAttribute("aria-valuetext", `${seconds.toFixed(1)} of ${whole.toFixed(1)} seconds`);
  }

  function follow() {
    if (!playing) return;
    draw(playing);
    if (calm.matches) setTimeout(() => requestAnimationFrame(follow), 250); else requestAnimationFrame(follow);
  }

  function select(card) {
    if (current === card) return;
    current?.classList.remove("current");
    current = card;
    current?.classList.add("current");
  }

  function play(player) {
    if (playing && playing !== player) pause(playing);
    stopListening();
    const sound = active(player);
    if (sound.currentTime >= length(player) - 0.02) sound.currentTime = 0;
    playing = player;
    player.card.classList.add("playing");
    player.button.setAttribute("aria-label", player.button.getAttribute("aria-label").replace(/^Play/, "Pause"));
    sound.play().catch((error) => { if (error.name !== "AbortError") fail(player); });
    requestAnimationFrame(follow);
  }

  function pause(player) {
    active(player).pause();
    if (playing === player) playing = null;
    player.card.classList.remove("playing");
    player.button.setAttribute("aria-label", player.button.getAttribute("aria-label").replace(/^Pause/, "Play"));
    draw(player);
  }

  const toggle = (player) => (playing === player ? pause(player) : play(player));

  function seek(player, seconds) {
    const whole = length(player);
    active(player).currentTime = Math.max(0, whole > 0 ? Math.min(seconds, whole) : seconds);
    draw(player);
  }

  function choose(player, index) {
    if (!player.sounds[index] || index === player.active) return;
    const before = active(player), seconds = before.currentTime;
    player.active = index;
    active(player).currentTime = seconds;
    player.choices.forEach((button, place) => button.setAttribute("aria-pressed", String(place === index)));
    player.card.dataset.sound = player.choices[index].textContent;
    if (playing === player) {
      before.pause();
      active(player).play().catch((error) => { if (error.name !== "AbortError") fail(player); });
    }
    draw(player);
  }

  // Training tracks share one sound.
  let listening = null;
  function stopListening() {
    listening?.sound.pause();
    listening?.link.classList.remove("on");
    listening = null;
  }
  function listen(link) {
    const wasOn = listening?.link === link;
    stopListening();
    if (wasOn) return;
    if (playing) pause(playing);
    const sound = new Audio(link.href);
    listening = { link, sound };
    link.classList.add("on");
    // At the end of the file, and of the stretch that its address names.
    sound.addEventListener("pause", () => { if (listening?.sound === sound) stopListening(); });
    sound.play().catch((error) => {
      if (error.name === "AbortError") return;
      stopListening();
      link.classList.add("broken");
      link.title = "This sound cannot be played";
    });
  }

  function placeIn(player, event) {
    const box = player.slider.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * length(player);
  }

  addEventListener("pointerdown", (event) => {
    const card = event.target.closest?.(".card");
    if (card) select(card);
    const slider = event.target.closest?.(".seek");
    if (!slider || event.button !== 0) return;
    const player = playerOf(card);
    slider.setPointerCapture(event.pointerId);
    seek(player, placeIn(player, event));
  });
  addEventListener("pointermove", (event) => {
    const slider = event.target.closest?.(".seek");
    if (!slider?.hasPointerCapture(event.pointerId)) return;
    const player = playerOf(slider.closest(".card"));
    seek(player, placeIn(player, event));
  });
  addEventListener("focusin", (event) => {
    const card = event.target.closest?.(".card");
    if (card) select(card);
  });
  addEventListener("click", (event) => {
    const target = event.target.closest?.("button, a.listen");
    if (!target) return;
    const player = playerOf(target.closest(".card"));
    if (target.matches("a.listen") && target.href && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      listen(target);
    } else if (target.matches(".play")) {
      toggle(player);
    } else if (target.matches("[data-sound]")) {
      choose(player, Number(target.dataset.sound));
    } else if (target.id === "theme") {
      theme = isDark() ? "light" : "dark";
      stored.set(theme);
      showTheme();
    } else if (target.id === "keys-button") {
      document.getElementById("keys").showModal();
    } else if (target.matches(".close")) {
      target.closest("dialog").close();
    }
  });

  // ---- Keys ----

  const cards = () => [...document.querySelectorAll(".card")].filter((card) => !card.closest("[hidden]"));

  function step(by) {
    const all = cards();
    if (!all.length) return;
    const place = all.indexOf(current);
    const next = place < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(place + by, 0), all.length - 1);
    select(all[next]);
    reveal(all[next]);
  }

  // Cards out of sight have a guessed height until they come near: so the place is taken again for some frames.
  function reveal(card, turn = 0) {
    if (turn === 0) {
      unfold(card);
      card.focus({ preventScroll: true });
    }
    card.scrollIntoView({ block: "start" });
    if (turn < 4) requestAnimationFrame(() => reveal(card, turn + 1));
  }

  function followLink() {
    const card = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!card?.matches(".card")) return;
    if (card.closest("[hidden]")) document.dispatchEvent(new Event("unfilter"));
    select(card);
    reveal(card);
  }
  addEventListener("hashchange", followLink);

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.matches?.("input[type=search], select, textarea")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    } else if (event.key === "/") {
      const field = document.querySelector("[data-filter=text]");
      if (!field) return;
      field.focus();
      field.scrollIntoView({ block: "center" });
    } else if (event.key === "?") {
      document.getElementById("keys").showModal();
    } else if (!inPlayer(event, target)) {
      return;
    }
    event.preventDefault();
  });

  /// Keys of the card in use; false for all others.
  function inPlayer(event, target) {
    // In the table arrows scroll; a button's own keys press it.
    if (target.closest?.(".long-table")) return false;
    const onButton = target.matches?.("button, a, summary, input");
    const player = playerOf(current);
    if (!player) return false;
    const seconds = active(player).currentTime;
    switch (event.key) {
      case " ":
        if (onButton) return false;
        toggle(player);
        return true;
      case "ArrowLeft": seek(player, seconds - (event.shiftKey ? 0.1 : 1)); return true;
      case "ArrowRight": seek(player, seconds + (event.shiftKey ? 0.1 : 1)); return true;
      case "Home": seek(player, 0); return true;
      case "End":
        if (!target.matches?.(".seek")) return false;
        seek(player, length(player));
        return true;
      case "1": case "2": case "3": case "4": choose(player, Number(event.key) - 1); return true;
      default: return false;
    }
  }

  addEventListener("DOMContentLoaded", () => {
    showTheme();
    // What scrolls can be reached by keys, and fades out where it continues.
    const reach = () => {
      for (const box of document.querySelectorAll(".scroll, .long-table")) {
        const hidden = box.scrollWidth - box.clientWidth;
        if (hidden > 0) box.tabIndex = 0;
        box.classList.toggle("more-right", hidden - box.scrollLeft > 1);
        box.classList.toggle("more-below", box.scrollHeight - box.clientHeight - box.scrollTop > 1);
      }
    };
    reach();
    for (const name of ["toggle", "scroll"]) addEventListener(name, reach, { capture: true, passive: true });
    for (const name of ["resize", "input"]) addEventListener(name, reach);
    prepareCards();
    if (location.hash) followLink();
  });
})();
