import Files

/// The page's style sheet: light and dark, wide and narrow, screen and paper.
enum PageStyle {
  /// Everything but the tracks.
  static let css: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: light-dark(#ffffff, #14171b); --panel: light-dark(#f6f7f9, #1c2026); --card: light-dark(#ffffff, #191d22);
      --ink: light-dark(#1c1e21, #e8eaed); --soft: light-dark(#555b63, #a9b0b9); --line: light-dark(#dfe2e6, #343a42);
      --accent: light-dark(#0b4f8a, #7cb7f0); --deep-ink: light-dark(#ffffff, #0b1420);
      --heard: light-dark(#a83f00, #ff9d5c); --truth: light-dark(#0b4f8a, #7cb7f0);
      --note: light-dark(#fff6dd, #2b2513); --note-line: light-dark(#e3b341, #a8842c);
      --gutter: 46px;
    }
    :root[data-theme="light"] { color-scheme: light; }
    :root[data-theme="dark"] { color-scheme: dark; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    html { -webkit-text-size-adjust: 100%; scroll-padding-top: 60px; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
      font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
    }
    header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 36px; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
    h2 { font-size: 1.35rem; line-height: 1.3; margin: 60px 0 14px; padding-top: 14px; border-top: 1px solid var(--line); }
    h3 { font-size: 1.05rem; line-height: 1.35; margin: 28px 0 10px; }
    p { margin: 0 0 12px; max-width: 76ch; }
    section > ul > li { max-width: 84ch; }
    .soft { color: var(--soft); }
    a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
    button, input, select { font: inherit; color: inherit; }
    button { cursor: pointer; }

    .bar-top {
      position: sticky; top: 0; z-index: 5; display: flex; align-items: center; gap: 12px; padding: 0 24px;
      background: var(--paper); border-bottom: 1px solid var(--line);
      padding-inline: max(24px, calc((100vw - 1180px) / 2 + 24px));
    }
    .bar-top nav { flex: 1; min-width: 0; overflow-x: auto; scrollbar-width: none; }
    .bar-top ul { display: flex; gap: 22px; list-style: none; padding: 0; margin: 0; }
    .bar-top a { display: block; padding: 12px 0; white-space: nowrap; color: var(--soft); text-decoration: none; font-size: 0.92rem; }
    .bar-top a:hover { color: var(--accent); text-decoration: underline; }
    .tools { display: none; gap: 6px; }
    .js .tools { display: flex; }
    .tools button { width: 34px; height: 34px; padding: 0; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); line-height: 1; }
    dialog { border: 1px solid var(--line); border-radius: 12px; background: var(--paper); color: var(--ink); padding: 22px 26px; max-width: min(440px, calc(100vw - 32px)); }
    dialog::backdrop { background: rgb(0 0 0 / 0.45); }
    dialog h2 { border: 0; margin: 0 0 10px; padding: 0; }
    dialog td { text-align: left; }
    dialog th { white-space: nowrap; }
    dialog .close { margin-top: 16px; padding: 6px 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }

    .note {
      background: var(--note); border-left: 4px solid var(--note-line); border-radius: 4px; padding: 12px 16px; margin: 20px 0 0;
    }
    .note ul { margin: 0; padding-left: 18px; }
    .note p { margin: 0; }
    .headline { display: grid; grid-template-columns: minmax(280px, 5fr) 7fr; gap: 16px; margin-top: 28px; }
    .tile { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; min-width: 0; }
    .headline > .tile { display: flex; flex-direction: column; justify-content: center; }
    .tile .figure { font-size: 3.1rem; font-weight: 650; line-height: 1.1; letter-spacing: -0.02em; }
    .tile .name { color: var(--soft); font-size: 0.92rem; }
    .tile .flattered { background: var(--note); border-left: 4px solid var(--note-line); border-radius: 4px; padding: 4px 10px; margin-top: 8px; font-size: 0.92rem; }
    .tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
    .tiles .figure { font-size: 1.75rem; }
    .tiles .tile:last-child:nth-child(odd) { grid-column: span 2; }
    .tiles:has(.tile:nth-child(5)) { grid-template-columns: repeat(3, minmax(0, 1fr)); }
    .tiles:has(.tile:nth-child(5)) .tile:last-child { grid-column: auto; }
    .interval { position: relative; height: 12px; margin: 14px 0 4px; border-radius: 6px; background: var(--line); }
    .interval .range { position: absolute; top: 0; bottom: 0; border-radius: 6px; background: color-mix(in srgb, var(--accent) 45%, transparent); }
    .interval .point { position: absolute; top: -3px; bottom: -3px; width: 3px; margin-left: -1.5px; background: var(--accent); border-radius: 2px; }
    .interval.small { height: 8px; min-width: 110px; margin: 6px 0; }
    .interval.small .point { top: -2px; bottom: -2px; }
    .interval .mark { position: absolute; top: -4px; bottom: -4px; border-left: 1px dashed var(--ink); }
    .interval .dot { position: absolute; top: 50%; width: 12px; height: 12px; margin: -6px; border-radius: 50%; background: currentColor; border: 2px solid var(--paper); }
    .remark { display: block; color: var(--soft); font-size: 0.86rem; font-weight: 400; }
    .column-name { color: var(--soft); font-weight: 400; }
    .member { display: block; font-weight: 400; }
    .member + .member { margin-top: 3px; }
    table.plain .text { text-align: left; }
    table.plain th.figures { text-align: right; }
    table.plain td.figures { white-space: nowrap; }
    table.plain tbody th { font-weight: 400; }
    .scroll table.plain th { white-space: normal; }
    .scroll table.plain th:first-child { min-width: 118px; }
    .findings { list-style: none; margin: 0; padding: 0; }
    .findings > li { padding: 9px 0; border-bottom: 1px solid var(--line); }
    .findings summary { cursor: pointer; }
    .findings summary .remark { display: inline; margin-left: 8px; }
    .findings details ul { margin: 8px 0 4px; padding-left: 22px; font-size: 0.92rem; max-height: 320px; overflow: auto; }
    .tag.warning { color: light-dark(#6b4e00, #f0c75e); background: color-mix(in srgb, var(--note-line) 18%, var(--card)); }
    .reliability { grid-template-columns: minmax(0, 430px) minmax(0, 1fr); align-items: start; gap: 24px 48px; }
    .ends { display: flex; justify-content: space-between; font-size: 0.8rem; color: var(--soft); }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px; }
    .columns > * { min-width: 0; }
    .columns h3:first-child { margin-top: 0; }
    .apart { margin-top: 28px; }
    .bars + p { margin-top: 12px; }
    .scroll { overflow-x: auto; margin-bottom: 14px; }
    .scroll:last-child { margin-bottom: 0; }
    .scroll.more-right { -webkit-mask-image: linear-gradient(90deg, #000 calc(100% - 48px), transparent); mask-image: linear-gradient(90deg, #000 calc(100% - 48px), transparent); }
    details.more { margin-bottom: 12px; color: var(--soft); }
    details.more summary { cursor: pointer; padding: 4px 0; }
    details.more table, details.more .gallery { color: var(--ink); }
    table.fixed { table-layout: fixed; min-width: 860px; }
    #left-out table.fixed { min-width: 0; }
    table.fixed tbody th, table.fixed tbody td { overflow-wrap: anywhere; }
    ul.dot-keys { margin: 0 0 4px; flex-direction: column; }
    .dot-key { flex: none; align-self: center; width: 12px; height: 12px; border-radius: 50%; background: currentColor; }
    details.more > :not(summary) { margin-top: 8px; }
    .scroll th { white-space: nowrap; }
    table { border-collapse: collapse; width: 100%; font-size: 0.95rem; }
    th, td { padding: 8px 12px; text-align: right; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
    th { font-weight: 600; }
    th:first-child, td:first-child { text-align: left; }
    .facts th, .facts td, .left-out th, .left-out td { text-align: left; vertical-align: top; overflow-wrap: anywhere; }
    .facts th { color: var(--soft); font-weight: 400; width: 38%; padding-left: 0; }
    .matrix { width: auto; border-collapse: separate; border-spacing: 3px; }
    .matrix th, .matrix td { border: 0; }
    .scroll > .matrix th:first-child { position: sticky; left: 0; z-index: 1; background: var(--paper); }
    .matrix thead th { text-align: center; color: var(--soft); font-weight: 500; }
    .matrix td {
      min-width: 92px; padding: 12px 8px; text-align: center; border-radius: 6px; line-height: 1.3;
      background: color-mix(in srgb, var(--accent) calc(4% + 92% * var(--share)), var(--paper));
    }
    .matrix td.deep { color: var(--deep-ink); background: color-mix(in srgb, var(--accent) calc(56% + 40% * var(--share)), var(--paper)); }
    .matrix td strong { display: block; font-size: 1.25rem; }
    .matrix td span { font-size: 0.82rem; }
    .bars { list-style: none; padding: 0; margin: 0; display: grid; gap: 12px; }
    .bar { height: 12px; border-radius: 6px; background: var(--line); overflow: hidden; margin-top: 4px; }
    .bar > div { height: 100%; background: var(--accent); }
    .bars .row { display: flex; justify-content: space-between; align-items: end; gap: 12px; }
    .bars .row span { white-space: nowrap; }
    figure { margin: 0; min-width: 0; }
    .wide { margin-top: 24px; }
    .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 16px; }
    .picture { display: block; width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line); border-radius: 6px; }
    figcaption { color: var(--soft); font-size: 0.86rem; line-height: 1.4; margin-top: 5px; }
    .definitions { position: absolute; }
    footer { padding-top: 20px; padding-bottom: 48px; margin-top: 56px; color: var(--soft); font-size: 0.9rem; border-top: 1px solid var(--line); }

    @media screen and (max-width: 760px) {
      :root { --gutter: 34px; }
      header, main, footer { padding-left: 16px; padding-right: 16px; }
      .bar-top { padding-inline: 16px; }
      header { padding-top: 22px; }
      h1 { font-size: 1.5rem; }
      h2 { margin-top: 44px; }
      .headline, .reliability { grid-template-columns: minmax(0, 1fr); }
      .tiles, .tiles:has(.tile:nth-child(5)) { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
      .tiles .figure { font-size: 1.5rem; }
      .tile { padding: 14px 16px; }
      .wide .picture { min-width: 680px; }
      table { font-size: 0.9rem; }
      th, td { padding: 7px 4px; }
      .scroll table { font-size: 0.86rem; }
      .matrix thead th:first-child { white-space: normal; width: 70px; text-align: left; }
      .matrix td { min-width: 66px; padding: 9px 4px; }
    }
    @media print {
      :root, :root[data-theme] { color-scheme: light; --panel: #ffffff; --note: #ffffff; --ink: #000000; --soft: #444444; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      body { font-size: 10pt; }
      table { font-size: 9pt; }
      th, td { padding: 4px 6px; }
      header, main, footer { max-width: none; padding: 0; }
      .bar-top, .filter, .scripted, dialog { display: none !important; }
      h2, h3, h4, h2 + p { break-after: avoid; }
      .scroll { overflow: visible; }
      details::details-content { content-visibility: visible; height: auto; }
      details > summary { list-style: none; }
      table.fixed { min-width: 0; }
      .findings details ul { max-height: none; }
      .matrix th { padding: 4px; font-size: 8.5pt; }
      .matrix td { min-width: 48px; padding: 6px 2px; }
      .columns { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      h2 { margin-top: 30px; }
      figure, tr, p, .tile { break-inside: avoid; }
    }
    """
}
