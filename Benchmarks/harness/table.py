"""The table at the end of a run, as Markdown."""


def number(value, unit):
    if value is None:
        return ""
    return f"{value:.3f}" if unit == "s" else f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def lines(summaries):
    yield "| key | ours | peer | theirs | unit | ratio | quartiles | pairs (discarded) | peak MiB, ours / theirs |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for s in summaries:
        unit = s["unit"]
        ratio = f"**{s['ratio']:.2f}**" if s.get("ratio") else ""
        spread = "{:.2f}-{:.2f}".format(*s["quartiles"]) if s.get("quartiles") else ""
        pairs = f"{s['pairs']} ({s['discarded']})" if "pairs" in s else ""
        if s.get("disturbed"):
            pairs += f", {s['disturbed']} disturbed"
        peaks = f"{s['ours_peak_mib']:.0f} / {s['peer_peak_mib']:.0f}" if "ours_peak_mib" in s else ""
        peer = " ".join(filter(None, [s["peer"], f"({s['setting']})" if s.get("setting") else ""]))
        if s.get("same_result") is False:
            peer += " (another result)"
        yield (f"| {s['key']} | {number(s['ours'], unit)} | {peer} | {number(s.get('theirs'), unit)} | {unit} | "
               f"{ratio} | {spread} | {pairs} | {peaks} |")


def versions(summaries):
    found = {}
    for s in summaries:
        found.update(s.get("versions") or {})
    return ", ".join(f"{name} {found[name]}" for name in sorted(found))
