import Foundation

/// Ends the program where the caller has made a mistake, with the message and the place in release builds too.
///
/// `precondition` of the standard library says nothing but "trap" in an optimised program: which two shapes do not fit is what
/// one needs to know. Cost: the condition; the message is made only where it fails.
@inlinable package func demand(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  guard condition() else { endForMistake(message(), file: file, line: line) }
}

/// Writes `file:line: message` to standard error and aborts.
@inline(never) @usableFromInline func endForMistake(
  _ message: String, file: StaticString, line: UInt
) -> Never {
  let text = Array("\(file):\(line): \(message)\n".utf8)
  _ = unsafe write(2, text, text.count)
  abort()
}
