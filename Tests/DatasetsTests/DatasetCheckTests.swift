import Audio
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Datasets

@Suite(.tags(.hand)) struct SoundMeasurementTests {
  func measure(_ samples: [Int16], channels: Int = 1, rate: Int = 22_050) throws -> SoundMeasurement {
    let folder = try TemporaryFolder()
    try wavFile(samples, channels: channels, sampleRateHz: rate).write(to: URL(filePath: folder["x.wav"]))
    return try SoundMeasurement(path: folder["x.wav"])
  }

  @Test func runsAtFullScaleAreClipped() throws {
    // Runs of 2 (not counted), 3, 5 and, at the low end of the scale, 4; a sample at full scale is 32767 or -32768.
    let low: Int16 = -32_768
    var samples = [Int16](repeating: 1000, count: 1000)
    samples.replaceSubrange(10..<12, with: [32_767, 32_767])
    samples.replaceSubrange(20..<23, with: [32_767, 32_767, 32_767])
    samples.replaceSubrange(30..<35, with: [32_767, 32_767, 32_767, low, low])
    samples.replaceSubrange(40..<44, with: [low, low, low, low])
    let found = try measure(samples)
    #expect(found.clippedShare == 12.0 / 1000 && found.peak == 1)
    // A run counts within its channel: in stereo the neighbour in the file is the other channel's.
    var stereo = [Int16](repeating: 0, count: 2000)
    for index in 100..<104 { stereo[2 * index] = 32_767 }
    #expect(try measure(stereo, channels: 2).clippedShare == 4.0 / 2000)
    // Runs go on from one block of reading to the next.
    var long = [Int16](repeating: 0, count: 30_000)
    for index in 9_214..<9_220 { long[index] = 32_767 }
    #expect(try measure(long).clippedShare == 6.0 / 30_000)
  }

  @Test func silenceIsCountedInBlocks() throws {
    let block = 1_102
    let tone = (0..<block).map { Int16($0 % 2 == 0 ? 3000 : -3000) }
    let offset = [Int16](repeating: 12_000, count: block)
    let faint = (0..<block).map { Int16($0 % 2 == 0 ? 32 : -32) }
    let audible = (0..<block).map { Int16($0 % 2 == 0 ? 33 : -33) }
    #expect(try measure(tone + offset + faint + tone).silentShare == 0.5)
    #expect(try measure(audible + faint).silentShare == 0.5)
    #expect(try measure([Int16](repeating: 0, count: 10)).silentShare == 1)
    // Channels that cancel each other are silent to whoever listens to their mean.
    let opposite = (0..<block).flatMap {
      [Int16($0 % 2 == 0 ? 3000 : -3000), Int16($0 % 2 == 0 ? -3000 : 3000)]
    }
    #expect(try measure(opposite, channels: 2).silentShare == 1)
  }

  @Test func equalSoundHasEqualHashes() throws {
    let sound = SyntheticSound.integers(count: 30_000)
    let mono = try measure(sound)
    let stereo = try measure(sound.flatMap { [$0, $0] }, channels: 2)
    #expect(mono.soundHash == stereo.soundHash && mono.contentKey != stereo.contentKey)
    #expect(stereo.hasEqualChannels && !mono.hasEqualChannels && stereo.channels == 2)
    #expect(mono.seconds == 30_000.0 / 22_050 && stereo.seconds == mono.seconds)
    var other = sound
    other[29_999] += 1
    #expect(try measure(other).soundHash != mono.soundHash)
    #expect(try measure(sound, rate: 44_100).soundHash != mono.soundHash)
    var differing = sound.flatMap { [$0, $0] }
    differing[59_999] += 1
    #expect(try !measure(differing, channels: 2).hasEqualChannels)
    // Another container.
    let folder = try TemporaryFolder()
    try Waveform(samples: sound.map { Float($0) / 32_768 }, sampleRateHz: 22_050)
      .writeWAV(to: folder["float.wav"], encoding: .float32)
    #expect(try SoundMeasurement(path: folder["float.wav"]).soundHash == mono.soundHash)
  }

  @Test func stopIsHeard() throws {
    let folder = try TemporaryFolder()
    try wavFile(SyntheticSound.integers(count: 30_000)).write(to: URL(filePath: folder["x.wav"]))
    #expect(throws: CancellationError.self) { _ = try SoundMeasurement(path: folder["x.wav"]) { true } }
  }
}

@Suite(.tags(.hand)) struct DatasetCheckTests {
  func codes(_ report: DatasetCheckReport) -> [Finding.Code] { report.findings.map(\.code) }

  func items(_ report: DatasetCheckReport, _ code: Finding.Code) -> [String] {
    report.findings.first { $0.code == code }?.items ?? []
  }

  /// Two genres with a clip of each split, all different; then what `change` adds to lines and files.
  func folder(_ change: (inout [String], TemporaryFolder) throws -> Void = { _, _ in }) throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    var lines = ["path,label,split,group"]
    var seed: UInt32 = 1
    for (label, split) in [("Folk", "train"), ("Folk", "test"), ("Rock", "train"), ("Rock", "test")] {
      let name = "\(label)-\(split).wav"
      try wavFile(SyntheticSound.integers(count: 30_000, seed: seed)).write(to: URL(filePath: folder[name]))
      lines.append("\(name),\(label),\(split),artist\(seed)")
      seed += 1
    }
    try change(&lines, folder)
    try folder.write(lines.joined(separator: "\n"), to: "x.csv")
    return folder
  }

  func check(_ folder: TemporaryFolder, _ change: (inout DatasetCheck) -> Void = { _ in }) throws
    -> DatasetCheckReport
  {
    var check = DatasetCheck()
    (check.windowSeconds, check.fewClips) = (1, 1)
    change(&check)
    return try check.run(Dataset.load(folder["x.csv"]))
  }

  @Test func soundDataSetIsFit() throws {
    let report = try check(folder())
    #expect(report.isFit && report.findings.isEmpty, "\(report.findings)")
    #expect(report.count == 4 && report.genres["Folk"] == ["train": 1, "test": 1])
    #expect(report.seconds == 4 * 30_000.0 / 22_050)
    #expect(report.clips.allSatisfy { $0.measurement != nil && $0.failure == nil })
  }

  @Test func badFilesAreNamed() throws {
    let report = try check(
      folder { lines, folder in
        try folder.write("text", to: "text.mp3")
        try wavFile([Int16](repeating: 0, count: 60_000)).write(to: URL(filePath: folder["silent.wav"]))
        try wavFile(SyntheticSound.integers(count: 15_000, seed: 9)).write(
          to: URL(filePath: folder["short.wav"]))
        let square = (0..<30_000).map { Int16($0 / 50 % 2 == 0 ? 32_767 : -32_768) }
        try wavFile(square.flatMap { [$0, $0] }, channels: 2, sampleRateHz: 16_000)
          .write(to: URL(filePath: folder["clipped.wav"]))
        let pause = SyntheticSound.integers(count: 12_000, seed: 8) + [Int16](repeating: 0, count: 18_000)
        try wavFile(pause).write(to: URL(filePath: folder["pause.wav"]))
        for name in ["text.mp3", "gone.mp3", "silent.wav", "short.wav", "clipped.wav", "pause.wav"] {
          lines.append("\(name),Folk,train,")
        }
      })
    #expect(
      codes(report) == [
        .missing, .unreadable, .silent, .short, .mostlySilent, .clipped, .imbalance, .monoAsStereo,
        .mixedRates, .noGroups,
      ])
    #expect(!report.isFit)
    #expect(items(report, .missing) == [report.clips[5].path])
    #expect(items(report, .unreadable)[0].hasSuffix("text.mp3: not a sound file of a known kind"))
    #expect(items(report, .short)[0].hasSuffix("short.wav: 0.68 s"))
    #expect(items(report, .clipped)[0].hasSuffix("clipped.wav: 100 % of the samples at full scale"))
    #expect(items(report, .mixedRates) == ["16000 Hz: 1 files", "22050 Hz: 7 files"])
    #expect(report.findings.last?.message.hasPrefix("6 recordings have no group") == true)
    let failures = report.clips.filter { $0.measurement == nil }.map { $0.failure ?? "" }
    #expect(failures == ["not a sound file of a known kind", "no such file"])
  }

  @Test func equalSoundIsFoundAcrossSplitsAndLabels() throws {
    let sound = SyntheticSound.integers(count: 40_000, seed: 77)
    let folder = try folder { lines, folder in
      try wavFile(sound).write(to: URL(filePath: folder["a.wav"]))
      try wavFile(sound).write(to: URL(filePath: folder["b.wav"]))
      try wavFile(sound.flatMap { [$0, $0] }, channels: 2).write(to: URL(filePath: folder["c.wav"]))
    }
    func report(_ lines: [String]) throws -> DatasetCheckReport {
      let all =
        try String(contentsOfFile: folder["x.csv"], encoding: .utf8) + "\n" + lines.joined(separator: "\n")
      try folder.write(all, to: "y.csv")
      var check = DatasetCheck()
      (check.windowSeconds, check.fewClips) = (1, 1)
      return try check.run(Dataset.load(folder["y.csv"]))
    }
    let leak = try report(["a.wav,Folk,train,z", "c.wav,Folk,test,y"])
    #expect(codes(leak) == [.soundLeak, .monoAsStereo] && !leak.isFit)
    #expect(items(leak, .soundLeak)[0].contains("a.wav [Folk, train] = "))
    #expect(items(leak, .soundLeak)[0].hasSuffix("c.wav [Folk, test] (other bytes)"))
    let conflict = try report(["a.wav,Folk,train,z", "b.wav,Rock,train,y"])
    #expect(codes(conflict) == [.labelConflict] && !conflict.isFit)
    #expect(items(conflict, .labelConflict)[0].hasSuffix("(same bytes)"))
    let both = try report(["a.wav,Folk,train,z", "b.wav,Rock,test,y"])
    #expect(codes(both) == [.soundLeak, .labelConflict])
    let same = try report(["a.wav,Folk,train,z", "b.wav,Folk,train,y"])
    #expect(codes(same) == [.duplicate, .imbalance] && same.isFit)
  }

  @Test func oneChannelIsCheckedWhereOneIsHeard() throws {
    let folder = try folder { lines, folder in
      let sound = SyntheticSound.integers(count: 30_000, seed: 21)
      try wavFile(sound.flatMap { [$0 / 2, -$0 / 2] }, channels: 2).write(to: URL(filePath: folder["o.wav"]))
      // Silence on the left, a copy of a clip of train on the right.
      let copy = SyntheticSound.integers(count: 30_000, seed: 1)
      try wavFile(copy.flatMap { [0, $0] }, channels: 2).write(to: URL(filePath: folder["r.wav"]))
      lines += ["o.wav,Folk,train,o", "r.wav,Folk,test,r"]
    }
    func codes(_ mix: ChannelMix) throws -> [Finding.Code] {
      self.codes(try check(folder) { ($0.mix, $0.imbalance) = (mix, 10) })
    }
    #expect(try codes(.mean) == [.channelsCancel])
    #expect(try codes(.left) == [.silent])
    #expect(try codes(.right) == [.soundLeak])
    #expect(try codes(.loudest) == [.soundLeak])
  }

  @Test func silentFilesAreNotDuplicates() throws {
    let report = try check(
      folder { lines, folder in
        for name in ["s.wav", "t.wav"] {
          try wavFile([Int16](repeating: 0, count: 60_000)).write(to: URL(filePath: folder[name]))
        }
        lines += ["s.wav,Folk,train,a", "t.wav,Rock,test,b"]
      })
    #expect(codes(report) == [.silent])
  }

  @Test func leaksOfGroupsAndCounts() throws {
    func report(_ clips: [Clip]) -> [Finding] {
      var check = DatasetCheck()
      check.fewClips = 2
      return check.structureFindings(Dataset(path: "x", clips: clips))
    }
    func clip(_ label: String, _ split: Split?, _ group: String?, _ name: String) -> Clip {
      Clip(name: name, label: label, split: split, group: group)
    }
    let torn = report([
      clip("A", .train, "x", "1"), clip("A", .train, "x", "2"), clip("A", .test, "x", "3"),
      clip("A", .test, "y", "1"), clip("B", .train, "z", "4"),
    ])
    #expect(torn.map(\.code) == [.groupLeak, .recordingLeak, .noClips, .fewClips])
    #expect(torn[0].items == ["'x': 2 in train, 1 in test"])
    #expect(torn[1].items == ["'1': 1 in train, 1 in test"])
    #expect(torn[2].items == ["B: 0 in test"] && torn[3].items == ["B: 1 in train"])
    #expect(report([clip("A", nil, nil, "1")]).map(\.code) == [.unsplit, .noGroups, .singleGenre])
    let uneven = report((0..<8).map { clip($0 < 6 ? "Hip-Hop" : "hip hop", nil, "g", "\($0)") })
    #expect(uneven.map(\.code) == [.unsplit, .imbalance, .similarLabels])
    #expect(uneven[2].items == ["Hip-Hop / hip hop"])
  }

  @Test func strictMakesWarningsErrors() throws {
    let folder = try folder()
    #expect(try check(folder) { $0.fewClips = 5 }.isFit)
    let strict = try check(folder) { ($0.fewClips, $0.isStrict) = (5, true) }
    #expect(!strict.isFit && strict.findings.map(\.severity) == [.error])
  }

  @Test(arguments: [1, 2, 7]) func threadsDoNotChangeTheReport(threads: Int) throws {
    let folder = try folder { lines, folder in
      for index in 0..<20 {
        try wavFile(SyntheticSound.integers(count: 24_000, seed: UInt32(index % 15))).write(
          to: URL(filePath: folder["\(index).wav"]))
        lines.append("\(index).wav,\(index % 3 == 0 ? "Folk" : "Rock"),train,g\(index)")
      }
    }
    let expected = try check(folder) { $0.threads = 3 }
    #expect(
      items(expected, .duplicate).count + items(expected, .labelConflict).count
        + items(expected, .soundLeak).count >= 5)
    #expect(try check(folder) { $0.threads = threads } == expected)
  }

  @Test func progressAndCancelling() throws {
    let folder = try folder()
    let dataset = try Dataset.load(folder["x.csv"])
    let watched = WatchedJob()
    _ = try DatasetCheck().run(dataset, job: watched.job())
    #expect(watched.steps.map(\.completed) == [1, 2, 3, 4])
    let error = #expect(throws: CodedError.self) {
      _ = try DatasetCheck().run(dataset, job: .cancelled)
    }
    #expect(error?.code == .cancelled)
  }

  @Test func reportIsWhatItsJSONSays() throws {
    let report = try check(folder { lines, _ in lines.append("gone.wav,Folk,train,") })
    let data = try JSONEncoder().encode(report)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["isFit"] as? Bool == false)
    #expect(try JSONDecoder().decode(DatasetCheckReport.self, from: data) == report)
  }
}

@Suite(.tags(.hand)) struct FeatureCheckTests {
  /// Maps of 2 x 3, one for each list of values, with the index of these lines.
  func check(_ maps: [[Float]], _ lines: [String]) throws -> DatasetCheckReport {
    let folder = try TemporaryFolder([
      "x.csv": (["row,label,split,group,track_id"] + lines).joined(separator: "\n")
    ])
    try NumpyFile.write(Tensor(maps.flatMap { $0 }, shape: [maps.count, 2, 3]), to: folder["x.npy"])
    var check = DatasetCheck()
    (check.fewClips, check.imbalance) = (1, 10)
    return try check.run(Dataset.load(folder["x.npy"]))
  }

  @Test func rowsAreChecked() throws {
    let a: [Float] = [1, 2, 3, 4, 5, 6]
    let b: [Float] = [1, 2, 3, 4, 5, 7]
    let report = try check(
      [
        a, b, a, [0, 0, 0, 0, 0, 0], [.nan, 1, 2, 3, 4, 5], [3, 3, 3, 3, 3, 3], [9, 8, 7, 6, 5, 4],
        [9, 8, 7, 6, 5, 4],
      ],
      [
        "0,Folk,train,p,one", "1,Rock,train,q,two", "2,Folk,test,r,three", "3,Rock,test,s,four",
        "4,Rock,test,t,five",
        "5,Folk,test,u,six", "6,Rock,train,v,seven", "7,Rock,train,v,seven",
      ])
    #expect(report.findings.map(\.code) == [.notFinite, .constant, .soundLeak, .unknownFeatures])
    #expect(report.findings[0].items == ["row 4 (five)"])
    #expect(report.findings[1].items == ["row 3 (four)", "row 5 (six)"])
    #expect(report.findings[2].items == ["row 0 (one) [Folk, train] = row 2 (three) [Folk, test]"])
    #expect(report.seconds == nil && report.clips.isEmpty && report.count == 8 && !report.isFit)
  }

  @Test func windowsOfOneRecordingInTwoSplitsAreALeak() throws {
    let maps = (0..<4).map { index in (0..<6).map { Float(index * 6 + $0) } }
    let report = try check(
      maps, ["0,Folk,train,,one", "1,Folk,test,,one", "2,Rock,train,,two", "3,Rock,test,,three"])
    #expect(report.findings.map(\.code) == [.recordingLeak, .noGroups, .unknownFeatures])
    #expect(report.findings[0].items == ["'one': 1 in train, 1 in test"])
  }

  @Test func manyRowsAreReadInJobs() throws {
    var maps = (0..<150).map { index in (0..<6).map { Float(index * 6 + $0) } }
    maps[149] = maps[3]
    let report = try check(
      maps,
      (0..<150).map { "\($0),\($0 % 2 == 0 ? "Folk" : "Rock"),\($0 < 75 ? "train" : "test"),g\($0),n\($0)" })
    #expect(report.findings.map(\.code) == [.soundLeak, .unknownFeatures])
    #expect(report.findings[0].items == ["row 3 (n3) [Rock, train] = row 149 (n149) [Rock, test]"])
  }
}
