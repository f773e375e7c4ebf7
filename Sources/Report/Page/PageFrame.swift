/// What pages of one design share around their sections: the head, and a bar of links to the sections.
struct PageFrame {
  let title: String
  /// What the page may do; see ``ReportPage/policy``.
  var policy = ReportPage.policy
  /// Below the style that all pages have.
  var style = PageStyle.tracks
  var scripts: [PageScript] = []
  /// Anchors of sections with their names, in the bar.
  let links: [(address: String, name: String)]
  /// At the end of the bar.
  var tools = HTML.empty
  /// Of the body: `style`.
  var attributes: KeyValuePairs<StaticString, String> = [:]

  /// The document of a header, sections and what else the body holds.
  func html(_ content: [HTML]) -> String {
    let head = HTML.element(
      "head", [:],
      [
        .void("meta", ["charset": "utf-8"]),
        .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
        .void("meta", ["http-equiv": "Content-Security-Policy", "content": policy]),
        .element("title", [:], title), .style(.page), .style(style),
      ] + scripts.map(HTML.script))
    let body = HTML.element("body", attributes, [bar] + content)
    return HTML.document(.element("html", ["lang": "en"], [head, body]))
  }

  private var bar: HTML {
    let list = HTML.element(
      "ul", [:], links.map { .element("li", [:], [.element("a", ["href": $0.address], $0.name)]) })
    return .element(
      "div", ["class": "bar-top"], [.element("nav", ["aria-label": "Sections"], [list]), tools])
  }
}
