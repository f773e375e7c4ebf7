// Explains what a convolutional LSTM foretells of one cell: which days counted, and where, step by step.
// ExplainSequence [weights [sequence.npy [day row column [output folder]]]]: without arguments a small network with random weights.

import Checking
import Foundation
import GenreLens

/// The weights of `Architecture.convLSTM` in a safetensors file, such as those of the sea's temperature that
/// Scripts/weights-to-safetensors-images.py writes; a second layer and normalisations where the file has them.
func network(_ path: String, over film: Tensor) throws -> Network {
  let file = try SafeTensorsFile(path: path)
  var options = ConvLSTMOptions()
  options.hidden = (1...9).compactMap { file["lstm\($0).weight_hh"]?.shape[1] }
  options.batchNormalization = file["norm1.weight"] != nil
  let size = film.shape.dimensions
  return try Network(
    .convLSTM(
      steps: size[0], channels: size[1], height: size[2], width: size[3],
      outputCount: file["output.bias"]?.count ?? 1, options: options), arraysOf: file, path: path)
}

/// A warm spot that moves, day by day.
let made = Tensor(shape: [6, 1, 16, 16]) { cells in
  for index in cells.indices {
    let (day, row, column) = (index / 256, index / 16 % 16, index % 16)
    let distance = (row - 3 - day) * (row - 3 - day) + (column - 4 - day) * (column - 4 - day)
    cells[index] = distance < 8 ? 1 : 0
  }
}

func draw(_ why: StepExplanation, into folder: String) throws {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  let axis = FigureAxis(label: "", ticks: [])
  let figures = (0..<why.maps.shape[0]).map { step in
    MapFigure(
      grid: MapGrid(why.maps.item(step)), xAxis: axis, yAxis: axis, title: "step \(step + 1)",
      colorMap: .blueWhiteRed, rule: .symmetric, scaleLabel: "\(why.method) at \(why.layer)",
      size: FigureSize(width: 260, height: 230))
  }
  let shared = MapFigure.sharingScale(figures).map { $0 as any Figure }
  let rows = stride(from: 0, to: shared.count, by: 4).map { Array(shared[$0..<min($0 + 4, shared.count)]) }
  try FigurePage(title: "What counted for the cell", rows: rows).write(
    to: "\(folder)/\(why.method)-\(why.layer).png")
  try NumpyFile.write(why.maps, to: "\(folder)/\(why.method)-\(why.layer).npy")
}

func explainSequence() throws {
  var film = made
  if let path = argument(2) { film = try NumpyFile.read(path) }
  var options = ConvLSTMOptions()
  (options.hidden, options.batchNormalization) = ([8], false)
  let small = Architecture.convLSTM(
    steps: 6, channels: 1, height: 16, width: 16, outputCount: 2, options: options)
  let explainer = try SequenceExplainer(
    argument(1).map { try network($0, over: film) } ?? Network(small, seed: 4))
  let cell = (3...5).compactMap { argument($0).flatMap { Int($0) } }
  let score = OutputScore.cell(cell.count == 3 ? cell : [0, 8, 9])

  for layer in explainer.layerNames {
    for method: any ActivationMapping in [GradCAM(), GradCAMPlusPlus()] {
      let why = try explainer.explain(film, of: score, layer: layer, method: method)
      print("\(why.method) at \(layer):", why.stepEvidence.map { Float($0) })
      if let folder = argument(6) { try draw(why, into: folder) }
    }
  }
  // From a film of zeros, the days' parts sum to what they change.
  let time = try explainer.attribution(of: score, in: film, from: Tensor(shape: film.shape))
  print("day by day:", time.steps.map { Float($0) })
  let (sum, change) = (time.steps.reduce(0, +), time.score - (time.baselineScore ?? 0))
  require(
    abs(sum - change) <= 0.01 * abs(change) + 1e-4, "the days sum to \(Float(sum)) of \(Float(change))")
}

try explainSequence()
