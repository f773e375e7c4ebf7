import Files

/// The value of a method's option, as written on the command line and in files.
public enum OptionValue: Sendable, Hashable {
  case integer(Int)
  case number(Float)
  /// A seed, or another number without a sign.
  case natural(UInt64)
  case name(String)
  /// Rows and columns; nil if the method chooses by the input.
  case extents([Int]?)
  case flag(Bool)
}

/// One option of a method: how to read it, how to set it, and its valid values.
public struct MethodOption<Method>: Sendable {
  public let description: OptionDescription
  let read: @Sendable (Method) -> OptionValue
  let write: @Sendable (inout Method, String) throws(CodedError) -> Void
  /// Nil for a value with a meaning, else what it must be.
  let mistake: @Sendable (OptionValue) -> String?

  /// Throws for a value without a meaning.
  func check(_ value: OptionValue) throws(CodedError) {
    guard let rule = mistake(value) else { return }
    throw CodedError(.badOption, "\(description.subject) is \(value.text): it must be \(rule)")
  }

  private static func parsed<Value>(
    _ value: Value?, _ text: String, _ description: OptionDescription, _ what: String
  ) throws(CodedError) -> Value {
    if let value { return value }
    throw CodedError(.badOption, "--\(description.name) \(text): it must be \(what)")
  }
}

extension MethodOption where Method: ExplanationMethod {
  /// A count.
  public static func integer(
    _ name: String, key: String? = nil, _ path: any WritableKeyPath<Method, Int> & Sendable,
    _ range: ClosedRange<Int>,
    subject: String, help: String
  ) -> MethodOption {
    let text = String(Method()[keyPath: path])
    let description = OptionDescription(
      name: name, key: key ?? name, subject: subject, help: help, kind: .integer(range), defaultText: text)
    return MethodOption(
      description: description, read: { .integer($0[keyPath: path]) },
      write: { (method: inout Method, text: String) throws(CodedError) in
        method[keyPath: path] = try parsed(Int(text), text, description, "a whole number")
      },
      mistake: { value in
        guard case .integer(let number) = value, !range.contains(number) else { return nil }
        return "\(range.lowerBound) to \(range.upperBound)"
      })
  }

  /// A number; `holds` decides which are valid, `rule` says so in words.
  public static func number(
    _ name: String, key: String? = nil, _ path: any WritableKeyPath<Method, Float> & Sendable,
    subject: String, help: String,
    rule: String, holds: @escaping @Sendable (Float) -> Bool
  ) -> MethodOption {
    let description = OptionDescription(
      name: name, key: key ?? name, subject: subject, help: help, kind: .number,
      defaultText: OptionValue.number(Method()[keyPath: path]).text)
    return MethodOption(
      description: description, read: { .number($0[keyPath: path]) },
      write: { (method: inout Method, text: String) throws(CodedError) in
        method[keyPath: path] = try parsed(Float(text), text, description, "a number")
      },
      mistake: { value in
        guard case .number(let number) = value, !holds(number) else { return nil }
        return rule
      })
  }

  /// The seed of random numbers.
  public static func seed(_ path: any WritableKeyPath<Method, UInt64> & Sendable) -> MethodOption {
    let description = OptionDescription(
      name: "seed", key: "seed", subject: "the seed", help: "seed of noise and masks", kind: .natural,
      defaultText: String(Method()[keyPath: path]))
    return MethodOption(
      description: description, read: { .natural($0[keyPath: path]) },
      write: { (method: inout Method, text: String) throws(CodedError) in
        method[keyPath: path] = try parsed(UInt64(text), text, description, "a whole number from 0")
      }, mistake: { _ in nil })
  }

  /// One of a few names.
  public static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ path: any WritableKeyPath<Method, Choice> & Sendable, subject: String, help: String
  ) -> MethodOption where Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    let description = OptionDescription(
      name: name, key: name, subject: subject, help: help, kind: .name(names),
      defaultText: Method()[keyPath: path].rawValue)
    return MethodOption(
      description: description, read: { .name($0[keyPath: path].rawValue) },
      write: { (method: inout Method, text: String) throws(CodedError) in
        guard let choice = Choice(rawValue: text) else {
          throw CodedError(
            .badOption,
            "unknown \(subject) \"\(text)\": choose one of \(names.joined(separator: ", "))"
              + suggestion(for: text, among: names))
        }
        method[keyPath: path] = choice
      }, mistake: { _ in nil })
  }

  /// Rows and columns; nil if the method chooses.
  public static func extents(
    _ name: String, key: String? = nil, _ path: any WritableKeyPath<Method, [Int]?> & Sendable,
    subject: String,
    help: String, range: ClosedRange<Int>? = nil
  ) -> MethodOption {
    let value = Method()[keyPath: path]
    let description = OptionDescription(
      name: name, key: key ?? name, subject: subject, help: help, kind: .extents,
      defaultText: value.map { OptionValue.extents($0).text } ?? "")
    return MethodOption(
      description: description, read: { .extents($0[keyPath: path]) },
      write: { (method: inout Method, text: String) throws(CodedError) in
        let numbers = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
          Int($0)
        }
        let known = numbers.compactMap(\.self)
        let isGood = numbers.count == 2 && known.count == 2 && known.allSatisfy { $0 > 0 }
        method[keyPath: path] = try parsed(
          isGood ? known : nil, text, description, "rows and columns, such as 16x32")
      },
      mistake: { value in
        guard let range, case .extents(let numbers?) = value else { return nil }
        let isGood = numbers.count == 2 && numbers.allSatisfy(range.contains)
        return isGood ? nil : "rows and columns of \(range.lowerBound) to \(range.upperBound)"
      })
  }

  /// A flag; `isInverted` if giving it on the command line makes the property false.
  public static func flag(
    _ name: String, key: String? = nil, _ path: any WritableKeyPath<Method, Bool> & Sendable,
    isInverted: Bool = false,
    help: String
  ) -> MethodOption {
    let description = OptionDescription(
      name: name, key: key ?? name, subject: name, help: help, kind: .flag(isInverted: isInverted),
      defaultText: "")
    return MethodOption(
      description: description, read: { .flag($0[keyPath: path]) },
      write: { (method: inout Method, text: String) throws(CodedError) in
        method[keyPath: path] = try parsed(Bool(text), text, description, "true or false") != isInverted
      }, mistake: { _ in nil })
  }
}

extension OptionValue {
  /// As text for messages.
  public var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .natural(let value): "\(value)"
    case .name(let value): value
    case .extents(let value): value.map { $0.map(String.init).joined(separator: "x") } ?? ""
    case .flag(let value): "\(value)"
    }
  }
}

extension OptionValue: Codable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(Double("\(value)") ?? Double(value))
    case .natural(let value): try container.encode(value)
    case .name(let value): try container.encode(value)
    case .extents(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    }
  }

  /// The value converted to the option's kind: in files, numbers without a fraction and naturals look like integers.
  public func of(_ kind: OptionDescription.Kind) -> OptionValue {
    switch (kind, self) {
    case (.number, .integer(let value)): .number(Float(value))
    case (.natural, .integer(let value)) where value >= 0: .natural(UInt64(value))
    default: self
    }
  }

  /// Numbers without a fraction are read as integers: see ``of(_:)``.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .natural(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(Float(value))
    } else if let value = try? container.decode([Int].self) {
      self = .extents(value)
    } else {
      self = .name(try container.decode(String.self))
    }
  }
}
