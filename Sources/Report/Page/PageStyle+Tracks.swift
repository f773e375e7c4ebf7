import Files

extension PageStyle {
  /// The table of errors and the cards of tracks.
  static let tracks: StaticString = """
    .tag { display: inline-block; padding: 0 8px; border-radius: 5px; font-weight: 600; font-size: 0.92em; background: var(--panel); white-space: nowrap; }
    .tag.heard { color: var(--heard); background: color-mix(in srgb, var(--heard) 11%, var(--card)); }
    .tag.truth { color: var(--truth); background: color-mix(in srgb, var(--truth) 11%, var(--card)); }
    .lists { margin-bottom: 28px; }
    .lists ol { margin: 0; padding: 0; list-style: none; }
    .lists li { display: grid; padding: 7px 0; border-bottom: 1px solid var(--line); }
    .lists .words { font-size: 0.92rem; color: var(--soft); }

    .filter { display: none; flex-wrap: wrap; align-items: end; gap: 10px 16px; margin: 0 0 12px; }
    .js .filter { display: flex; }
    .filter label { display: grid; gap: 2px; font-size: 0.85rem; color: var(--soft); }
    .filter input[type="search"], .filter select {
      height: 38px; padding: 0 10px; border: 1px solid var(--soft); border-radius: 8px; background: var(--paper); color: var(--ink); font-size: 0.95rem;
      max-width: 100%;
    }
    .filter .wide-field { flex: 1 1 220px; }
    .filter .check { display: flex; align-items: center; gap: 7px; height: 38px; color: var(--ink); font-size: 0.92rem; }
    .filter .check input { width: 17px; height: 17px; accent-color: var(--accent); }
    .filter .count { margin-left: auto; line-height: 38px; color: var(--soft); font-size: 0.92rem; }
    .long-table.more-right { -webkit-mask-image: linear-gradient(90deg, #000 calc(100% - 48px), transparent); mask-image: linear-gradient(90deg, #000 calc(100% - 48px), transparent); }
    .long-table.more-below { -webkit-mask-image: linear-gradient(#000 calc(100% - 48px), transparent); mask-image: linear-gradient(#000 calc(100% - 48px), transparent); }
    .long-table.more-right.more-below {
      -webkit-mask-image: linear-gradient(90deg, #000 calc(100% - 48px), transparent), linear-gradient(#000 calc(100% - 48px), transparent); -webkit-mask-composite: source-in;
      mask-image: linear-gradient(90deg, #000 calc(100% - 48px), transparent), linear-gradient(#000 calc(100% - 48px), transparent); mask-composite: intersect;
    }
    .long-table { max-height: min(70vh, 640px); overflow: auto; border: 1px solid var(--line); border-radius: 10px; margin-bottom: 10px; }
    table.errors { font-size: 0.9rem; border-collapse: separate; border-spacing: 0; }
    .errors th, .errors td { white-space: nowrap; padding: 7px 14px; }
    .errors tr:last-child > * { border-bottom: 0; }
    .errors td.text { text-align: left; }
    .errors thead th { position: sticky; top: 0; z-index: 2; background: var(--panel); padding: 0; text-align: left; }
    .errors thead th[data-kind="number"] { text-align: right; }
    html:not(.js) .errors thead th { padding: 8px 14px; }
    .errors thead button {
      width: 100%; padding: 9px 14px; border: 0; background: none; font-weight: 600; text-align: inherit; white-space: nowrap;
    }
    .errors thead button:focus-visible { outline-offset: -2px; }
    .errors thead button::after { content: "\\2195"; display: inline-block; width: 1em; margin-left: 3px; color: var(--soft); opacity: 0.45; }
    .errors [aria-sort="ascending"] button::after { content: "\\2191"; opacity: 1; }
    .errors [aria-sort="descending"] button::after { content: "\\2193"; opacity: 1; }
    .errors th:first-child { position: sticky; left: 0; background: var(--paper); }
    .errors thead th:first-child { z-index: 3; background: var(--panel); }
    .errors tbody th { font-weight: 400; max-width: 340px; overflow: hidden; text-overflow: ellipsis; }
    .errors tbody tr:hover > * { background: var(--panel); }
    .whole-table { border: 1px solid var(--line); border-radius: 10px; margin-bottom: 10px; }
    .whole-table .errors th, .whole-table .errors td { white-space: normal; overflow-wrap: anywhere; padding: 7px 10px; }
    .whole-table .errors td.text { min-width: 114px; }
    .whole-table .errors td:not(.text) { white-space: nowrap; }
    .whole-table .errors thead th { padding: 0; top: 47px; vertical-align: bottom; overflow-wrap: normal; }
    .whole-table .errors thead th:first-child { border-top-left-radius: 10px; }
    .whole-table .errors thead th:last-child { border-top-right-radius: 10px; }
    .whole-table .errors thead button { position: relative; padding: 9px 24px 9px 10px; white-space: normal; }
    .whole-table .errors thead button::after { position: absolute; right: 5px; bottom: 9px; margin: 0; }
    .whole-table .errors tbody th { position: static; max-width: none; min-width: 150px; }
    .whole-table .errors tbody tr:last-child > :first-child { border-bottom-left-radius: 10px; }
    .whole-table .errors tbody tr:last-child > :last-child { border-bottom-right-radius: 10px; }
    .whole-table .errors td.remarks { min-width: 190px; font-size: 0.86rem; }
    .whole-table .mini { width: 140px; }
    .mini { display: block; width: 180px; height: 20px; }
    .mini .explained-mark { fill: var(--ink); }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 10px; font-size: 0.88rem; }

    .card {
      background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px; margin: 0 0 22px;
      content-visibility: auto; contain-intrinsic-size: auto 1180px;
    }
    .js .card:has(> .later) { min-height: 1180px; }
    .card:focus { outline: none; }
    .card.current { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
    .card h4 { margin: 0 0 4px; font-size: 1.12rem; line-height: 1.35; }
    .card .verdict { margin: 0 0 2px; }
    .card .path { margin: 0; color: var(--soft); font-size: 0.86rem; }
    .card .sentence { margin: 10px 0 0; }
    .silent { margin: 10px 0 0; color: var(--soft); font-size: 0.92rem; }

    .player { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; margin: 14px 0 0; }
    html:not(.js) .player > :not(noscript) { display: none; }
    .native { display: grid; grid-template-columns: 80px minmax(0, 1fr); align-items: center; width: min(100%, 520px); font-size: 0.92rem; }
    audio { width: 100%; height: 40px; }
    .play { width: 42px; height: 42px; padding: 0; border: 0; border-radius: 50%; background: var(--accent); color: var(--deep-ink); display: grid; place-items: center; }
    .play span { width: 0; height: 0; margin-left: 3px; border-style: solid; border-width: 8px 0 8px 13px; border-color: transparent transparent transparent currentColor; }
    .playing .play span { width: 12px; height: 14px; margin: 0; border-width: 0 4px; border-color: currentColor; }
    .clock { min-width: 7.5em; color: var(--soft); }
    .choice { display: flex; flex-wrap: wrap; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
    .choice button { white-space: nowrap; padding: 6px 14px; border: 0; border-left: 1px solid var(--line); background: var(--card); font-size: 0.92rem; }
    .choice button:first-child { border-left: 0; }
    .choice button:focus-visible { outline-offset: -3px; }
    .choice [aria-pressed="true"] { background: var(--accent); color: var(--deep-ink); }

    .strips { position: relative; margin-top: 14px; }
    .strip { display: grid; grid-template-columns: var(--gutter) minmax(0, 1fr); margin-bottom: 10px; }
    .caption { grid-column: 2; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 12px; font-size: 0.84rem; line-height: 1.5; color: var(--soft); padding-bottom: 3px; position: relative; z-index: 1; background: var(--card); }
    .caption b { color: var(--ink); font-weight: 600; }
    .key { display: inline-flex; align-items: baseline; gap: 6px; }
    .map .key { margin-left: auto; }
    .ramp { align-self: center; flex: none; width: 64px; height: 9px; border-radius: 3px; background: var(--viridis); }
    .ramp.ember { background: var(--ember); }
    .ramp.signed { background: var(--signed); }
    .rows { position: relative; grid-column: 1; font-size: 0.72rem; color: var(--soft); }
    .rows span { position: absolute; right: 7px; bottom: calc(100% * var(--y)); transform: translateY(50%); line-height: 1; white-space: nowrap; }
    .rows span::after { content: ""; position: absolute; right: -7px; top: 50%; width: 4px; border-top: 1px solid var(--soft); }
    .plot { position: relative; grid-column: 2; height: var(--height, 96px); overflow: hidden; background: var(--panel); border-radius: 3px; }
    .plot svg { position: absolute; inset: 0; width: 100%; height: 100%; }
    .wave-strip .plot { height: 56px; }
    .wave { fill: none; stroke: var(--soft); stroke-width: 1; }
    .base, .over { position: absolute; inset: 0; background-size: 100% 100%; background-repeat: no-repeat; }
    .base.feature { background-image: var(--feature); }
    .base.mel { background-image: var(--mel); }
    .base.cells { image-rendering: pixelated; }
    .base.grey { filter: grayscale(1) contrast(0.72); }
    .flags { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; gap: 6px; }
    .flag { padding: 2px 10px; border-radius: 6px; background: var(--card); font-size: 0.84rem; }
    .line { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; }
    .area { fill: currentColor; opacity: 0.16; stroke: none; }
    .grid { fill: none; stroke: var(--line); stroke-width: 1; }
    .dots { fill: none; stroke: currentColor; stroke-width: 7; stroke-linecap: round; }
    .histogram { fill: currentColor; opacity: 0.55; stroke: none; }
    .line.bar { stroke-width: 1; opacity: 0.6; }
    .diagonal { color: var(--soft); }
    .line.diagonal { stroke-width: 1; stroke-dasharray: 4 4; }
    .sample.diagonal { border-top: 1px dashed var(--soft); }
    .diagram { --gutter: 46px; }
    .diagram .caption { background: none; }
    .diagram .plot { overflow: visible; }
    .heard { color: var(--heard); }
    .truth { color: var(--truth); }
    .line.truth, .line.mean { stroke-width: 1.75; }
    .line.truth { stroke-dasharray: 6 3; }
    .line.heard.mean { stroke-dasharray: 2 3; }
    .sample { position: relative; top: -0.3em; width: 22px; height: 0; border-top: 2px solid currentColor; }
    .sample { flex: none; }
    .sample.truth { border-top-style: dashed; }
    .sample.heard.mean { border-top-style: dotted; }
    .columns-axis { position: relative; grid-column: 2; height: 20px; font-size: 0.76rem; color: var(--soft); }
    .columns-axis span { position: absolute; left: calc(100% * var(--x)); top: 5px; transform: translateX(calc(-100% * var(--x))); line-height: 1.2; white-space: nowrap; }
    .columns-axis span::before { content: ""; position: absolute; left: calc(100% * var(--x)); top: -5px; height: 4px; border-left: 1px solid var(--soft); }
    .time { margin-left: var(--gutter); }
    .time-label { margin: 0 0 8px; text-align: center; max-width: none; font-size: 0.8rem; color: var(--soft); }

    .lead { font-size: 1.2rem; }
    .tags { display: flex; flex-wrap: wrap; gap: 6px 10px; }
    .swatch { align-self: center; flex: none; width: 11px; height: 11px; border-radius: 2px; }
    .framed { align-self: center; flex: none; width: 14px; height: 11px; border: 2px solid var(--ink); }
    .explained { position: absolute; top: 0; bottom: 0; min-width: 4px; border: 2px solid #000; outline: 1px solid #fff; outline-offset: -3px; }
    .segments { position: relative; grid-column: 2; height: 24px; margin: 0; padding: 0; list-style: none; overflow: hidden; border-radius: 3px; background: var(--panel); }
    .segments li { position: absolute; top: 0; bottom: 0; overflow: hidden; padding: 0 5px; border-left: 1px solid var(--card); font-size: 0.78rem; line-height: 24px; white-space: nowrap; text-overflow: ellipsis; }

    .seek { display: none; position: absolute; inset: 0 0 28px var(--gutter); overflow: clip; cursor: col-resize; touch-action: pan-y; }
    .js .seek { display: block; }
    .head { position: absolute; inset: 0; pointer-events: none; visibility: hidden; }
    .used .head { visibility: visible; }
    .playing .head { will-change: transform; }
    .head::after { content: ""; position: absolute; inset: 0 auto 0 -2px; width: 4px; background: linear-gradient(90deg, #000 1px, #fff 1px 3px, #000 3px); }

    .strips.pairs .strip { margin: 0; }
    .strips.pairs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 12px 24px; }
    .still .caption .key { margin-left: auto; }
    .card.attack { contain-intrinsic-size: auto 560px; }

    .details { display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); gap: 8px 36px; margin-top: 8px; }
    .details h5 { margin: 14px 0 8px; font-size: 0.95rem; font-weight: 600; }
    .details p { font-size: 0.86rem; margin-bottom: 8px; }
    .bands .strip { margin-bottom: 0; }
    .bands .time-label { margin-left: var(--gutter); }
    .keys { list-style: none; margin: 0 0 6px var(--gutter); padding: 0; display: flex; flex-wrap: wrap; gap: 0 18px; font-size: 0.84rem; color: var(--soft); }
    .keys li { display: flex; align-items: baseline; gap: 7px; }
    .bands > p.soft { margin-left: var(--gutter); }
    .neighbors ol { list-style: none; margin: 0; padding: 0; }
    .neighbors li { display: grid; grid-template-columns: 34px minmax(0, 1fr) auto; align-items: center; gap: 10px; padding: 8px 0; border-top: 1px solid var(--line); }
    .neighbors .without-sound li { grid-template-columns: minmax(0, 1fr) auto; }
    .neighbors .who { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; font-size: 0.92rem; }
    .neighbors .distance { color: var(--soft); font-size: 0.92rem; }
    .listen { width: 34px; height: 34px; border: 1px solid var(--line); border-radius: 50%; display: grid; place-items: center; color: var(--accent); }
    .listen span { width: 0; height: 0; margin-left: 2px; border-style: solid; border-width: 6px 0 6px 9px; border-color: transparent transparent transparent currentColor; }
    .listen.on span { width: 9px; height: 10px; margin: 0; border-width: 0 3px; border-color: currentColor; }
    .listen.none { visibility: hidden; }
    .listen.broken { color: var(--soft); text-decoration: line-through; }

    @media screen and (max-width: 760px) {
      .bar-top ul { gap: 14px; }
      .bar-top nav { -webkit-mask-image: linear-gradient(90deg, #000 calc(100% - 16px), transparent); mask-image: linear-gradient(90deg, #000 calc(100% - 16px), transparent); }
      .card { padding: 14px 12px; contain-intrinsic-size: auto 1400px; }
      .js .card:has(> .later) { min-height: 1400px; }
      .details { grid-template-columns: minmax(0, 1fr); }
      .filter .wide-field { flex-basis: 100%; }
      .filter label { flex: 1 1 120px; }
      .filter select { width: 100%; }
      .filter .count { margin-left: 0; }
      .errors th, .errors td { padding: 7px 10px; }
      .errors tbody th { max-width: 44vw; }
      .map .key { margin-left: 0; }
      .keys, .bands > p.soft { margin-left: 0; }
      .rows { font-size: 0.66rem; }
      .rows span { right: 5px; }
      .choice button { padding: 7px 10px; }
    }
    @media screen and (max-width: 1180px) {
      .whole-table { border: 0; }
      .whole-table .errors, .whole-table .errors tbody th { display: block; }
      .whole-table .errors tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 10px; }
      .whole-table .errors thead { display: block; margin-bottom: 10px; }
      html:not(.js) .whole-table .errors thead { display: none; }
      .whole-table .errors thead tr { display: flex; flex-wrap: wrap; gap: 6px; }
      .whole-table .errors thead tr::before { content: "Sort by" / ""; align-self: center; color: var(--soft); }
      .whole-table .errors thead th { position: static; border: 1px solid var(--line); border-radius: 8px; }
      .whole-table .errors thead th:first-child, .whole-table .errors thead th:last-child { border-radius: 8px; }
      .whole-table .errors thead button { padding: 6px 24px 6px 10px; white-space: nowrap; }
      .whole-table .errors thead button::after { bottom: 6px; }
      .whole-table .errors tbody tr:not([hidden]) { display: block; border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; min-width: 0; }
      .whole-table .errors tbody th { min-width: 0; padding: 0 0 6px; border: 0; font-size: 1rem; background: none; }
      .whole-table .errors tbody td { display: flex; justify-content: space-between; align-items: center; gap: 16px; padding: 3px 0; border: 0; text-align: right; }
      .whole-table .errors tbody td::before { content: attr(data-name) / ""; flex: none; color: var(--soft); white-space: nowrap; }
      .whole-table .errors tbody td.remarks { display: block; text-align: left; }
      .whole-table .errors tbody td.none { display: none; }
      .whole-table .mini { width: min(60%, 320px); }
    }
    @media print {
      .card { content-visibility: visible; break-inside: avoid; padding: 10px 12px; }
      .card.current { border-color: var(--line); box-shadow: none; }
      .player, .seek, .listen { display: none !important; }
      .neighbors li { grid-template-columns: minmax(0, 1fr) auto; }
      .long-table { max-height: none; overflow: visible; border: 0; }
      .errors thead th, .errors th:first-child { position: static; }
      .errors thead button { padding: 4px; }
      .errors thead button::after { content: none; }
      .errors th, .errors td { padding: 3px 6px; white-space: normal; font-size: 8pt; }
      .plot { --height: 54px !important; }
      .bands .plot { --height: 90px !important; }
      .diagram .strip:first-child .plot { --height: 220px !important; }
      .strip { margin-bottom: 5px; }
      .neighbors li { padding: 3px 0; }
    }
    """
}
