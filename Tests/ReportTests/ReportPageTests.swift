import Analysis
import CLibcrypto
import Files
import Foundation
import TestSupport
import Testing

@testable import Report

/// What is between the tags of a page's scripts and style sheets.
private let own = [PageScript.page.code, PageScript.table.code, PageStyle.page.css, PageStyle.tracks.css]

/// The page without the inside of its script and its style sheets, which are ours and hold no more than they should.
private func markup(_ html: String) -> String {
  var html = html
  for own in own {
    #expect(html.ranges(of: own).count == 1)
    html = html.replacing(own, with: "")
  }
  return html
}

/// The tags of a page in order; fails on a tag that is not closed, or closed out of turn.
private func tags(_ html: String) throws -> [(name: String, attributes: [String: String])] {
  let html = markup(html)
  let void: Set = ["meta", "img", "input"]
  var (open, found): ([String], [(name: String, attributes: [String: String])]) = ([], [])
  for match in html.matches(of: /<(\/?)([a-zA-Z0-9]+)((?:\s+[a-zA-Z-]+="[^"<>]*")*)\s*>/) {
    let name = String(match.2)
    if match.1.isEmpty {
      var attributes: [String: String] = [:]
      for pair in match.3.matches(of: /([a-zA-Z-]+)="([^"]*)"/) {
        attributes[String(pair.1)] = String(pair.2)
      }
      found.append((name, attributes))
      if !void.contains(name) { open.append(name) }
    } else {
      #expect(open.popLast() == name, "</\(name)> closes nothing")
    }
  }
  #expect(open.isEmpty, "left open: \(open)")
  // Every < begins one of the tags above, or the doctype.
  let angles = html.count { $0 == "<" }
  let closed = found.count { !void.contains($0.name) }
  #expect(angles == found.count + closed + 1)
  return found
}

/// The characters that references stand for.
private func plain(_ html: String) -> String {
  html.replacing(/&#([0-9]+);/) { match in
    let scalar = Int(match.1).flatMap { $0 < 0x80 ? nil : UnicodeScalar(UInt32($0)) }
    return scalar.map { String($0) } ?? String(match.0)
  }
}

private func page(_ result: AnalysisResult? = nil, limitBytes: Int = 30_000_000) throws -> String {
  let result = try result ?? ReportFixture.result()
  let media = try PageMedia(result, pictures: ReportFixture.pictures(), limitBytes: limitBytes)
  return ReportPage(result: result, media: media).html
}

@Suite(.tags(.hand)) struct ReportPageTests {
  @Test func pageIsWellFormed() throws {
    let found = try tags(page())
    #expect(found.first?.name == "html" && found.count > 100)
    #expect(found.contains { $0.name == "audio" } && found.contains { $0.name == "table" })
  }

  @Test func evidenceByFrequencyIsATableWithItsVerdict() throws {
    let html = try page()
    #expect(html.contains("id=\"frequencies\"") && html.contains("href=\"#frequencies\""))
    #expect(html.contains("Even over the mel bands") && html.contains("33.3 %"))
    #expect(
      html.contains("hears Hip-Hop in the low and Folk in the middle and high frequencies holds by grad-cam"))
    var result = try ReportFixture.result()
    result.frequencies = nil
    #expect(try !markup(page(result)).contains("frequencies"))
  }

  @Test func thePageIsASCII() throws {
    var result = try ReportFixture.result()
    result.title = "音楽 🎵 <é>"
    let html = try page(result)
    #expect(html.utf8.allSatisfy { $0 < 0x80 })
    #expect(html.contains("<title>&#38899;&#27005; &#127925; &lt;&#233;&gt;</title>"))
    #expect(plain(html).contains("<title>音楽 🎵 &lt;é&gt;</title>"))
    // Where references mean nothing.
    for own in own + [PageStyle.founding.css] {
      #expect(own.utf8.allSatisfy { $0 < 0x80 })
    }
  }

  @Test func namesAreOnlyText() throws {
    let html = try page()
    let found = try tags(html)
    #expect(found.count { $0.name == "script" } == 2)
    #expect(!found.contains { $0.attributes.keys.contains { $0.hasPrefix("on") } })
    // The fixture's <img src=x> made no picture: all have data of ours.
    for image in found where image.name == "img" {
      #expect(image.attributes["src"]?.hasPrefix("data:image/png;base64,") == true)
    }
    #expect(
      html.contains(
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x&#39; &amp; &lt;img src=x&gt;"))
  }

  @Test func nothingIsLoadedFromElsewhere() throws {
    for limit in [0, 30_000_000] {
      let html = try page(limitBytes: limit)
      for tag in try tags(html) {
        for name in ["src", "href", "poster", "action", "data"] {
          guard let address = tag.attributes[name] else { continue }
          let local = ["data:image/png;base64,", "./", "#"].contains { address.hasPrefix($0) }
          #expect(local || ["report.json", "predictions.csv"].contains(address), "\(tag.name) \(address)")
        }
      }
      let addresses = html.matches(of: /url\(([^)]*)\)/).map { String($0.1) }
      #expect(addresses.count == 2 * 2 + 2 * 4 + 2 + 4 + 7)
      for address in addresses {
        #expect(address.hasPrefix("data:image/png;base64,") || address.hasPrefix("./pictures/"))
      }
      #expect(!html.contains("@import") && !html.contains("http:") && !html.contains("https:"))
    }
  }

  @Test func headlineAndTablesHoldTheFigures() throws {
    let html = try plain(page()).replacing("\u{A0}", with: " ")
    for words in [
      "50.0 %",
      "2 of 4 recordings right; 95 % interval 6.1 % to 93.9 %, by 4 groups: too few to be trusted",
      "Share of mistakes by true genre",
      "100 % (2 of 2)", "Folk heard as Hip-Hop", "The corpus is synthesised.", "mean of 2 tracks",
      "Left out (1)",
    ] {
      let isThere = html.contains(words)
      #expect(isThere, "no “\(words)”")
    }
  }

  /// A map lies in grey under three overlays and is still held once by each card.
  @Test func aCardHoldsEachPictureOnce() throws {
    let html = try page()
    let count = { (key: String) in
      let data = Data(try #require(ReportFixture.pictures()[key])).base64EncodedString()
      return html.ranges(of: data).count
    }
    #expect(try count("feature") == 3 && count("mel") == 3)
    #expect(html.ranges(of: "base grey feature").count == 3 * 3)
    #expect(try count("mean") == 1)
  }

  /// A browser hashes what is between the tags, and runs only what the policy names.
  @Test func thePolicyNamesTheScripts() throws {
    let html = try page()
    let scripts = html.matches(of: /<script>((?s).*?)<\/script>/).map { String($0.1) }
    #expect(scripts == [PageScript.page.code, PageScript.table.code])
    let named = html.matches(of: /&#39;(sha256-[A-Za-z0-9+\/=]+)&#39;/).map { String($0.1) }
    #expect(
      try named
        == scripts.map { script in
          var digest = [UInt8](repeating: 0, count: 32)
          let bytes = Array(script.utf8)
          try #require(unsafe EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1)
          return "sha256-" + Data(digest).base64EncodedString()
        })
    for own in own + [PageStyle.founding.css] { #expect(!own.isEmpty && !own.contains("</")) }
  }

  @Test func soundsLeaveThePageBeforePictures() throws {
    let result = try ReportFixture.result()
    let pictures = try ReportFixture.pictures()
    let sounds = ["audio/kept.wav": EmbeddedSound(bytes: [1, 2, 3, 4, 5], mimeType: "audio/flac")]
    let held = try PagePictures.embeddedBytes(ReportPage.usedPictures(result), pictures: pictures)
    let write = { (limit: Int) in
      let media = try PageMedia(result, pictures: pictures, sounds: sounds, limitBytes: limit)
      return ReportPage(result: result, media: media).html
    }
    let whole = try write(held + 8)
    #expect(whole.contains("src=\"data:audio/flac;base64,AQIDBAU=\"") && whole.contains("data:image"))
    // The original was not handed over.
    #expect(whole.contains("./audio/%3Cscript%3E") && whole.contains("the sounds lie beside it."))
    let less = try write(held + 7)
    #expect(!less.contains("data:audio") && less.contains("src=\"./audio/kept.wav\""))
    #expect(less.contains("data:image") && less.contains("the sounds lie beside it, since together"))
    let least = try write(held - 1)
    #expect(!least.contains("data:audio") && !least.contains("data:image"))
    #expect(least.contains("Pictures and sounds lie beside this page"))
  }

  @Test func everySectionHasItsFigures() throws {
    let html = try plain(page()).replacing("\u{A0}", with: " ")
    for words in [
      "Beside simple rules", "always says Folk", "Can the probabilities be taken at their word?",
      "Expected calibration error", "With temperature", "Are the mistakes coherent?",
      "Not tested: Folk heard as",
      "Found in the data set", "2 places", "Probably the same recording in two splits (1)", "0.9991",
      "Labels to listen to", "Where mistakes pile up", "empty: no track has a value", "Without sound",
      "no such file",
      "Robustness", "MP3 at 64 kbit/s", "Not measured: Start shifted by 2 s.",
      "1 track left out", "PGD at ε 0.050, 10 steps",
      "0.20 (0.15 to 0.25)", "rank correlation of the two maps of evidence is 0.61",
    ] {
      let isThere = html.contains(words)
      #expect(isThere, "no “\(words)”")
    }
    for id in ["calibration", "coherence", "data-problems", "robustness"] {
      #expect(html.contains("<section id=\"\(id)\"") && html.contains("href=\"#\(id)\""))
    }
  }

  /// A neighbour that is a segment of its file is heard from its own second on.
  @Test func neighborsThatAreSegmentsAreHeardInPlace() throws {
    let html = try page()
    let links = html.matches(of: /class="listen"[^>]*? href="([^"]*)"|href="([^"]*)"[^>]*? class="listen"/)
      .map { String($0.1 ?? $0.2 ?? "") }
    #expect(links.contains { $0.hasSuffix(".mp3") } && links.contains { $0.hasSuffix(".mp3#t=30.0,60.5") })
  }

  @Test func aMissingPictureIsSaid() throws {
    var pictures = try ReportFixture.pictures()
    pictures["mean"] = nil
    let result = try ReportFixture.result()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let error = #expect(throws: CodedError.self) {
      try ReportWriter().write(result, pictures: pictures, to: folder.path)
    }
    #expect(error?.code == .missingPicture && error?.message.contains("mean") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test func emptyPartsLeaveNoHeadings() throws {
    let predictions = [Prediction(path: "a", label: "Folk", predicted: "Folk")]
    let result = AnalysisResult(
      title: "t", report: try ClassificationReport(predictions: predictions, labels: ["Folk", "Rock"]),
      predictions: predictions)
    let html = markup(try page(result))
    _ = try tags(page(result))
    for words in [
      "Data and model", "Mean maps", "Left out", "Direction of mistakes", "simple rules",
      "taken at their word",
      "coherent", "Data problems",
    ] {
      #expect(!html.contains(words))
    }
    #expect(html.contains("No track was misclassified."))
  }
}

@Suite(.tags(.hand)) struct HTMLTests {
  @Test func everythingWithMeaningIsEscaped() {
    #expect(HTML.escape(#"<a b="c">'&amp;"#) == "&lt;a b=&quot;c&quot;&gt;&#39;&amp;amp;")
    #expect(HTML.escape("a\0b\u{1B}\u{7F}\u{85}c\n\td") == "a\u{FFFD}b\u{FFFD}\u{FFFD}\u{FFFD}c\n\td")
    #expect(HTML.escape("héllo 音楽 🎵") == "héllo 音楽 🎵")
    // A base character and a combining mark over a bracket stay apart.
    #expect(HTML.escape("<\u{0301}") == "&lt;\u{0301}")
    #expect(
      HTML.element("p", ["title": "\"><script>"], "<").source
        == "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;</p>\n")
  }

  @Test func addressesStayRelative() {
    #expect(relativeAddress("audio/a b#?.mp3") == "./audio/a%20b%23%3F.mp3")
    #expect(relativeAddress("javascript:alert(1)") == "./javascript%3Aalert%281%29")
    #expect(relativeAddress("//example.org/x") == "./example.org/x")
    #expect(relativeAddress("ä\"\n") == "./%C3%A4%22%0A")
  }
}
