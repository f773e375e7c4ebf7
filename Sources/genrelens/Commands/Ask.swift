import ArgumentParser
import GenreLens

struct Ask: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answers questions about a picture, and shows where in it the answer comes from.",
    discussion: """
      For a model that answers questions (import --network easy-vqa). Each question is answered with the probabilities of the \
      answers. With --output, each answer is explained by a map over the picture, as by explain: explanation.html, \
      explanation.png, map.npy, upsampled.npy and explanation.json; with several questions, in a folder for each, FOLDER/1, FOLDER/2, ...

      The model knows the words that it was trained with; their order does not matter to it. A question with other words is refused, \
      and the error names them; --unknown-words ignore leaves them out, if a known word is left.

      --class explains another answer than the most probable one, --contrast why the answer and not that one.

      Methods: \(ExplanationCatalogue.names.joined(separator: ", ")).

      \(ExitStatuses.help(.busy))

      Example: genrelens ask shape.png --model easy-vqa.safetensors --question "what color is the circle?" --output Output/why
      """)

  @Argument(help: "A PNG, JPEG or BMP picture.", completion: .file())
  var picture: String

  @Option(
    help: ArgumentHelp("The model file.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var model: String

  @Option(
    help: ArgumentHelp(
      "What to ask; several questions may be given, each with --question.", valueName: "text"))
  var question: [String]

  @Option(
    help: ArgumentHelp(
      "What becomes of words that the model does not know: refuse or ignore (refuse).", valueName: "what"))
  var unknownWords: String?

  @Option(help: "How to explain (grad-cam).")
  var method: String?

  @Option(help: "The layer to explain; by default the last convolution or the method's own choice.")
  var layer: String?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("The answer to explain; by default the model's.", valueName: "answer"))
  var className: String?

  @Option(
    help: ArgumentHelp(
      "Explain why the answer rather than this one: the difference of the logits.", valueName: "answer"))
  var contrast: String?

  @Option(help: "Which number of the answer to explain: logit or probability (logit).")
  var target: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Explain the answers, and write into this folder.", valueName: "folder"))
  var output: String?

  @OptionGroup(title: "Options of particular methods") var details: MethodOptions

  @Flag(help: "Write the picture as SVG and PDF too.")
  var vectors = false

  @OptionGroup var memory: MemoryOptions

  @Flag(help: "Print one JSON document: answers, or with --output the explanations.")
  var json = false

  private var unknown: UnknownWords? { unknownWords.map(UnknownWords.init(rawValue:)) ?? .refuse }

  func validate() throws {
    guard !question.isEmpty else { throw ValidationError("--question: what is asked?") }
    guard unknown != nil else { throw ValidationError("--unknown-words must be refuse or ignore") }
    if contrast != nil && target != nil {
      throw ValidationError("--contrast explains a difference of logits: leave --target out")
    }
    if let target, ExplanationRequest.Target(rawValue: target) == nil {
      throw ValidationError("--target must be logit or probability")
    }
    let given =
      [
        ("--class", className != nil), ("--contrast", contrast != nil), ("--target", target != nil),
        ("--layer", layer != nil), ("--method", method != nil), ("--vectors", vectors),
      ] + details.given.keys.sorted().map { ("--\($0)", true) }
    if output == nil, let (name, _) = given.first(where: \.1) {
      throw ValidationError("\(name) is of an explanation: give --output a folder too")
    }
  }

  func run() throws {
    let found = try Locations.model(model)
    let words = unknown ?? .refuse
    guard let output else {
      let answers = try found.model.answers(to: question, about: picture, unknownWords: words)
      for note in answers[0].notes { Terminal.printError("genrelens: note: \(picture): \(note)") }
      for answer in answers { tellUnknown(answer.unknownWords, of: answer.question) }
      if json { return try Terminal.printJSON(answers) }
      for answer in answers {
        Terminal.printLine("\(answer.question) \(answer.label)  (\(Terminal.shares(answer.probabilities)))")
      }
      return
    }
    var request = ExplanationRequest()
    request.method = try ExplanationCatalogue.method(named: method ?? GradCAM.name, options: details.given)
    (request.layer, request.className, request.contrastClassName) = (layer, className, contrast)
    request.target = target.flatMap(ExplanationRequest.Target.init) ?? .logit
    request.writesVectors = vectors
    // All questions are understood before the first is answered.
    let asked = try question.map { try found.model.asking(question: $0, unknownWords: words) }
    var documents: [PictureExplanation] = []
    for (index, model) in asked.enumerated() {
      let folder = asked.count == 1 ? output : "\(output)/\(index + 1)"
      try WrittenFiles.explanation(into: folder).requireApart(from: [found.path])
      let document = try model.explain(
        picture: picture, request, output: folder, job: Terminal.job(.writingNothing))
      documents.append(document)
      if index == 0 {
        for note in document.notes { Terminal.printError("genrelens: note: \(picture): \(note)") }
      }
      tellUnknown(document.unknownWords, of: question[index])
      if json { continue }
      for sentence in document.flagSentences { Terminal.printError("note: \(sentence)") }
      Terminal.printLine(
        "\(question[index]) \(document.label)  (\(Terminal.shares(document.probabilities)))")
      let contrast = document.how.contrastClass.map { " rather than \($0)" } ?? ""
      Terminal.printLine(
        "\(folder)/\(document.files.page): \(document.method) at \(document.layer) for \(document.explainedClass)\(contrast)"
      )
      for line in document.lines { Terminal.printLine(line) }
    }
    if json { try Terminal.printJSON(documents) }
  }

  private func tellUnknown(_ words: [String]?, of question: String) {
    guard let words else { return }
    let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
    Terminal.printError("note: left out of the question \"\(question)\", unknown: \(list)")
  }
}
