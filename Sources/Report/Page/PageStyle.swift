/// The page's style sheet: light and dark, wide and narrow, screen and paper.
enum PageStyle {
  static let css: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --panel: #f6f7f9; --card: #ffffff; --ink: #1c1e21; --soft: #555b63; --line: #dfe2e6;
      --accent: #0b4f8a; --shade: 11 79 138; --deep-ink: #ffffff; --wrong: #b34700; --note: #fff6dd; --note-line: #e3b341;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14171b; --panel: #1c2026; --card: #1a1e23; --ink: #e8eaed; --soft: #a9b0b9; --line: #343a42;
        --accent: #7cb7f0; --shade: 98 168 232; --deep-ink: #0b1420; --wrong: #ff9d5c; --note: #2b2513; --note-line: #a8842c;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
      font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
    }
    header, main, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 40px; }
    h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
    h2 { font-size: 1.35rem; line-height: 1.3; margin: 56px 0 14px; padding-top: 10px; border-top: 1px solid var(--line); }
    h3 { font-size: 1.05rem; line-height: 1.35; margin: 28px 0 10px; }
    p { margin: 0 0 12px; max-width: 76ch; }
    .soft { color: var(--soft); }
    nav ul { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; padding: 0; margin: 14px 0 0; }
    a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
    .note {
      background: var(--note); border-left: 4px solid var(--note-line); border-radius: 4px; padding: 12px 16px; margin: 20px 0 0;
    }
    .note ul { margin: 0; padding-left: 18px; }
    .note p { margin: 0; }
    .headline { display: grid; grid-template-columns: minmax(280px, 5fr) 7fr; gap: 16px; margin-top: 28px; }
    .tile { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; min-width: 0; }
    .tile .figure { font-size: 3.1rem; font-weight: 650; line-height: 1.1; letter-spacing: -0.02em; }
    .tile .name { color: var(--soft); font-size: 0.92rem; }
    .tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
    .tiles .figure { font-size: 1.75rem; }
    .tiles .tile:last-child:nth-child(odd) { grid-column: span 2; }
    .interval { position: relative; height: 12px; margin: 14px 0 4px; border-radius: 6px; background: var(--line); }
    .interval .range { position: absolute; top: 0; bottom: 0; border-radius: 6px; background: rgb(var(--shade) / 0.45); }
    .interval .point { position: absolute; top: -3px; bottom: -3px; width: 3px; margin-left: -1.5px; background: var(--accent); border-radius: 2px; }
    .ends { display: flex; justify-content: space-between; font-size: 0.8rem; color: var(--soft); }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 24px; }
    .columns > * { min-width: 0; }
    .columns h3:first-child { margin-top: 0; }
    .apart { margin-top: 28px; }
    .bars + p { margin-top: 12px; }
    .scroll { overflow-x: auto; }
    .scroll th { white-space: nowrap; }
    table { border-collapse: collapse; width: 100%; font-size: 0.95rem; }
    th, td { padding: 8px 12px; text-align: right; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
    th { font-weight: 600; }
    th:first-child, td:first-child { text-align: left; }
    .facts th, .facts td, .left-out th, .left-out td { text-align: left; vertical-align: top; overflow-wrap: anywhere; }
    .facts th { color: var(--soft); font-weight: 400; width: 38%; padding-left: 0; }
    .matrix { width: auto; border-collapse: separate; border-spacing: 3px; }
    .matrix th, .matrix td { border: 0; }
    .matrix thead th { text-align: center; color: var(--soft); font-weight: 500; }
    .matrix td {
      min-width: 92px; padding: 12px 8px; text-align: center; border-radius: 6px; line-height: 1.3;
      background: rgb(var(--shade) / calc(0.04 + 0.92 * var(--share)));
    }
    .matrix td.deep { color: var(--deep-ink); }
    .matrix td strong { display: block; font-size: 1.25rem; }
    .matrix td span { font-size: 0.82rem; }
    .bars { list-style: none; padding: 0; margin: 0; display: grid; gap: 12px; }
    .bar { height: 12px; border-radius: 6px; background: var(--line); overflow: hidden; margin-top: 4px; }
    .bar > div { height: 100%; background: var(--accent); }
    .bars .row { display: flex; justify-content: space-between; align-items: end; gap: 12px; }
    .bars .row span { white-space: nowrap; }
    article {
      background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 20px;
      content-visibility: auto; contain-intrinsic-size: auto 640px;
    }
    article h4 { margin: 0 0 4px; font-size: 1.05rem; line-height: 1.4; }
    article .verdict { margin: 0 0 8px; }
    .wrong { color: var(--wrong); font-weight: 600; }
    audio { width: 100%; max-width: 480px; height: 40px; margin: 4px 0 8px; display: block; }
    .pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; margin-top: 12px; }
    .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 16px; }
    .stack { display: grid; gap: 12px; align-content: start; min-width: 0; }
    .stack h5 { margin: 0; font-size: 0.92rem; font-weight: 600; }
    figure { margin: 0; min-width: 0; }
    .wide { margin-top: 24px; }
    .picture { display: block; width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line); border-radius: 6px; }
    figcaption { color: var(--soft); font-size: 0.86rem; line-height: 1.4; margin-top: 5px; }
    .definitions { position: absolute; }
    @media (prefers-color-scheme: dark) { .picture { filter: brightness(0.9); border-color: transparent; } }
    footer { padding-top: 20px; padding-bottom: 48px; margin-top: 56px; color: var(--soft); font-size: 0.9rem; border-top: 1px solid var(--line); }
    @media screen and (max-width: 760px) {
      header, main, footer { padding-left: 16px; padding-right: 16px; }
      header { padding-top: 24px; }
      h1 { font-size: 1.5rem; }
      h2 { margin-top: 40px; }
      .headline, .pair { grid-template-columns: minmax(0, 1fr); }
      .tiles { gap: 12px; }
      .tiles .figure { font-size: 1.5rem; }
      .tile { padding: 14px 16px; }
      article { padding: 14px; }
      .wide .picture { min-width: 680px; }
      table { font-size: 0.9rem; }
      th, td { padding: 7px 5px; }
      .matrix td { min-width: 66px; padding: 9px 4px; }
    }
    @media print {
      :root {
        --paper: #ffffff; --panel: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc;
        --accent: #0b4f8a; --shade: 11 79 138; --deep-ink: #ffffff; --wrong: #b34700; --note: #ffffff; --note-line: #999999;
      }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      body { font-size: 10.5pt; }
      header, main, footer { max-width: none; padding: 0; }
      nav, audio { display: none; }
      h2, h3, h2 + p { break-after: avoid; }
      .scroll { overflow: visible; }
      .matrix td { min-width: 56px; padding: 8px 4px; }
      article { content-visibility: visible; break-inside: avoid; }
      .picture { filter: none; }
      .columns { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      h2 { margin-top: 30px; }
      article { padding: 12px; }
      figure, tr, p, .tile { break-inside: avoid; }
    }
    """
}
