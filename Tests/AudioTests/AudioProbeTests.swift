import Audio
import Foundation
import TestSupport
import Testing

@Suite(.tags(.hand, .reference)) struct AudioProbeTests {
  @Test func mp3WithTags() throws {
    let probe = try AudioProbe(path: golden("vbr-tags-44k.mp3").path)
    #expect(probe.codec == "mp3" && probe.container == "mpeg")
    #expect(probe.sampleRateHz == 44_100 && probe.channels == 2)
    #expect(probe.seconds == 1 && probe.lengthSource == .counted)
    #expect(probe.hasPicture == true)
    #expect(probe.tags.title == "Žluťoučký kůň" && probe.tags.artist == "Sigur Rós")
    #expect(probe.tags.genre == "Folk" && probe.tags.year == "2001")
    // The tag holds an escape sequence and a line feed.
    #expect(probe.tags.album == "Album [31m Two")
  }

  @Test func latinTagsAtTheEnd() throws {
    let probe = try AudioProbe(path: golden("latin-tags-8k.mp3").path)
    #expect(probe.tags.title == "Café del Mar" && probe.tags.genre == "Hip-Hop" && probe.tags.year == "1999")
    #expect(probe.hasPicture == false && probe.channels == 1 && probe.sampleRateHz == 8_000)
  }

  @Test(arguments: mp3Files) func secondsAreWhatDecodingGives(name: String) throws {
    let expected = try reference(name)
    let probe = try AudioProbe(path: golden(name).path)
    #expect(probe.seconds == Double(expected.count) / Double(expected.rate))
  }

  @Test func otherContainers() throws {
    let flac = try AudioProbe(path: golden("stereo.flac").path)
    #expect(
      flac.container == "flac" && flac.codec == "pcm-16" && flac.channels == 2 && flac.hasPicture == false)
    #expect(flac.lengthSource == .header && abs(flac.seconds - 4000.0 / 44_100) < 1e-9)
    let ogg = try AudioProbe(path: golden("stereo.ogg").path)
    #expect(ogg.container == "ogg" && ogg.codec == "vorbis" && ogg.sampleRateHz == 22_050)
    let wav = try AudioProbe(path: golden("mono-24bit.wav").path)
    #expect(wav.container == "wav" && wav.codec == "pcm-24" && wav.channels == 1)
    #expect(try #require(wav.bitRate) > 380_000)
  }

  /// A FLAC file of 2 s that ends in its first frame: no sound, and no rate of it.
  @Test func noSoundHasNoBitRate() throws {
    let flac = try Waveform(samples: SyntheticSound.samples(count: 44_100), sampleRateHz: 22_050).encoded(
      as: .flac, name: "x")
    #expect(try #require(try AudioProbe(bytes: flac, name: "x").bitRate) > 8_000)
    let cut = try AudioProbe(bytes: Array(flac.prefix(200)), name: "x")
    #expect(cut.seconds == 0 && cut.bitRate == nil && !cut.notes.isEmpty)
    let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(cut)) as? [String: Any]
    #expect(object?["seconds"] as? Double == 0 && object?["bitRate"] == nil)
  }

  @Test func travelsAsJSON() throws {
    let probe = try AudioProbe(path: golden("vbr-tags-44k.mp3").path)
    let data = try JSONEncoder().encode(probe)
    #expect(try JSONDecoder().decode(AudioProbe.self, from: data) == probe)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    for key in [
      "codec", "container", "sampleRateHz", "channels", "seconds", "lengthSource", "bitRate", "tags",
    ] {
      #expect(object[key] != nil, "\(key)")
    }
  }

  @Test func longAndBidirectionalTextIsCut() throws {
    // An ID3v1 title of overlong and control bytes, and an ID3v2 title of 5000 letters with an override.
    var data = try bytes(of: "joint-44k.mp3")
    let title = Array(("\u{202E}" + String(repeating: "x", count: 5_000)).utf8)
    var frame =
      Array("TIT2".utf8) + [0, 0, UInt8((title.count + 1) >> 8), UInt8((title.count + 1) & 255), 0, 0, 3]
    frame += title
    let size = frame.count
    let head = Array("ID3".utf8) + [3, 0, 0, 0, 0, UInt8(size >> 7 & 127), UInt8(size & 127)]
    data = head + frame + data
    let text = try #require(try AudioProbe(bytes: data, name: "x").tags.title)
    #expect(text.count <= 256 && text.allSatisfy { $0 == "x" })
  }
}
