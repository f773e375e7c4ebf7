/// The version of GenreLens that checkpoints name.
public let softwareVersion = "0.1.0"
