import Audio
import Files
import Foundation
import TestSupport
import Testing

@testable import Datasets

/// What files, folders, patterns, playlists, tables and lists of names stand for.
@Suite(.tags(.hand)) struct SoundInputsTests {
  private let folder: TemporaryFolder
  private let root: String

  /// A folder of a few names; nothing is read of the files themselves.
  init() throws {
    folder = try TemporaryFolder()
    root = folder.path
    for name in ["a/1.mp3", "a/2.flac", "a/cover.jpg", "b/3.wav", "4.mp3", "text/x.txt"] {
      try write(Data(name.utf8), name)
    }
  }

  private func write(_ data: Data, _ name: String) throws {
    let path = root + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: path))
  }

  /// The names below the folder that some arguments below it stand for.
  private func names(_ arguments: String..., input: String = "", null: Bool = false) throws -> [String] {
    let inputs = try SoundInputs(
      arguments.map { $0 == "-" ? $0 : root + "/" + $0 }, standardInput: { Array(input.utf8) },
      isNullSeparated: null)
    return inputs.items.map { $0.name.hasPrefix(root) ? String($0.name.dropFirst(root.count + 1)) : $0.name }
  }

  @Test func foldersAreSearchedAndOrderIsKept() throws {
    #expect(try names("b", "4.mp3", "a") == ["b/3.wav", "4.mp3", "a/1.mp3", "a/2.flac"])
    #expect(try names("missing.mp3", "4.mp3") == ["missing.mp3", "4.mp3"])
  }

  @Test func aFileIsHeardOnceUnderWhateverName() throws {
    try FileManager.default.createSymbolicLink(atPath: root + "/link.mp3", withDestinationPath: "4.mp3")
    let inputs = try SoundInputs(
      ["4.mp3", "link.mp3", "a/../4.mp3", "gone.mp3", "./gone.mp3"].map { root + "/" + $0 })
    #expect(inputs.items.map { lastName($0.path) } == ["4.mp3", "gone.mp3"])
    #expect(inputs.remarks == ["3 names of files that are named already"])
  }

  @Test func patternsAreThoseOfAShell() throws {
    #expect(try names("a/*.mp3", "?/3.*") == ["a/1.mp3", "b/3.wav"])
    #expect(try names("**/*.mp3") == ["4.mp3", "a/1.mp3"])
    try write(Data(), "odd[1].mp3")
    #expect(try names("odd[1].mp3") == ["odd[1].mp3"])
    #expect { try names("*.ogg") } throws: { ($0 as? CodedError)?.code == .missing }
  }

  @Test func playlistsAreRelativeToThemselves() throws {
    let list = """
      \u{FEFF}#EXTM3U\r
      #EXTINF:12,Somebody - Something\r
      1.mp3\r
      \r
      ../b/3.wav
      \(root)/4.mp3
      file://\(root)/a/2.flac
      file://localhost\(root)/with%20space.mp3
      ..\\text\\..\\4.mp3
      https://example.org/stream.mp3
      """
    try write(Data(list.utf8), "a/list.m3u8")
    #expect(
      try names("a/list.m3u8") == [
        "a/1.mp3", "b/3.wav", "4.mp3", "a/2.flac", "with space.mp3", "https://example.org/stream.mp3",
      ])
    // A name in Latin-1 stays the bytes that it is.
    try write(Data([0x63, 0x61, 0x66, 0xE9]) + Data(".mp3\n".utf8), "latin.m3u")
    let inputs = try SoundInputs([root + "/latin.m3u"])
    #expect(inputs.items[0].path.pathBytes.suffix(8) == [0x63, 0x61, 0x66, 0xE9] + Array(".mp3".utf8))
    #expect(inputs.lists == [root + "/latin.m3u"])
  }

  @Test func playlistsThatNameEachOtherEnd() throws {
    try write(Data("two.m3u\n4.mp3\n".utf8), "one.m3u")
    try write(Data("one.m3u\na\n".utf8), "two.m3u")
    #expect(try names("one.m3u") == ["a/1.mp3", "a/2.flac", "4.mp3"])
  }

  /// An address, or a list that is not there, is a name like others: who hears it says so, and the rest is heard.
  @Test func namesOfNothingDoNotEndAPlaylist() throws {
    let gone = ["https://example.org/list.m3u8", "http://example.org/table.csv", "gone.m3u"]
    try write(Data((gone + ["4.mp3"]).joined(separator: "\n").utf8), "radio.m3u")
    #expect(try names("radio.m3u") == gone + ["4.mp3"])
    #expect(
      try names("-", input: "http://example.org/list.m3u\n\(root)/4.mp3\n") == [
        "http://example.org/list.m3u", "4.mp3",
      ])
    #expect { try SoundInputs([root + "/gone.m3u"]) } throws: { ($0 as? CodedError)?.code == .missing }
  }

  @Test func aListThatNamesItselfSaysSo() throws {
    try write(Data("self.m3u\n4.mp3\n".utf8), "self.m3u")
    let inputs = try SoundInputs([root + "/self.m3u"])
    #expect(inputs.items.count == 1)
    #expect(inputs.remarks == ["\(root)/self.m3u: is named in itself, and not read again"])
    try write(Data("only.m3u\n".utf8), "only.m3u")
    #expect { try SoundInputs([root + "/only.m3u"]) } throws: {
      ($0 as? CodedError)?.code == .empty && "\($0)".contains("is named in itself")
    }
  }

  @Test func aListThatIsNamedTwiceIsReadOnce() throws {
    try write(Data("4.mp3\n".utf8), "one.m3u")
    let inputs = try SoundInputs([root + "/one.m3u", root + "/./one.m3u"])
    #expect(inputs.items.count == 1 && inputs.remarks == ["1 name of a file that is named already"])
  }

  /// What the work itself writes is no input, whatever name leads there.
  @Test func whatIsWrittenToIsLeftOut() throws {
    try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: "a")
    let inputs = try SoundInputs([root]).leavingOut(below: root + "/link")
    #expect(inputs.items.map { lastName($0.path) } == ["4.mp3", "3.wav"])
    #expect(inputs.remarks.last?.contains("2 sound files are left out") == true, "\(inputs.remarks)")
    #expect(try SoundInputs([root]).leavingOut(below: root + "/none").items.count == 4)
    #expect { try SoundInputs([root + "/a"]).leavingOut(below: root + "/a") } throws: {
      ($0 as? CodedError)?.code == .empty
    }
  }

  @Test func tablesNameStretchesToo() throws {
    try write(
      Data("path,start_seconds,end_seconds\n4.mp3,1,2.5\n4.mp3,3,\na/1.mp3,,\n4.mp3,1,2.5\n".utf8), "t.csv")
    #expect(try names("t.csv") == ["4.mp3 1.0-2.5 s", "4.mp3 3.0 s to the end", "a/1.mp3"])
    try write(Data("name,label\nx,y\n".utf8), "no.csv")
    #expect { try names("no.csv") } throws: { ($0 as? CodedError)?.code == .missingColumn }
  }

  @Test func standardInputIsLinesOrEndsWithZeros() throws {
    #expect(
      try names("-", "4.mp3", input: "\(root)/a\n\(root)/b/3.wav\r\n") == [
        "a/1.mp3", "a/2.flac", "b/3.wav", "4.mp3",
      ])
    #expect(try names("-", input: "\(root)/x\ny.mp3\0\(root)/4.mp3\0", null: true) == ["x\ny.mp3", "4.mp3"])
  }

  @Test func nothingToHearIsAnError() throws {
    try write(Data("#EXTM3U\n".utf8), "empty.m3u")
    for (arguments, words) in [
      (["text"], "no sound file in it: there are 1 .txt"), (["empty.m3u"], "no name in it"),
      (["-"], "standard input: no name in it"),
    ] {
      #expect {
        try SoundInputs(arguments.map { $0 == "-" ? $0 : root + "/" + $0 })
      } throws: { ($0 as? CodedError)?.code == .empty && "\($0)".contains(words) }
    }
    #expect { try SoundInputs([]) } throws: { ($0 as? CodedError)?.code == .empty }
    // Beside something else it is only said.
    let inputs = try SoundInputs([root + "/text", root + "/4.mp3"])
    #expect(inputs.items.count == 1 && inputs.remarks.count == 1, "\(inputs.remarks)")
  }
}
