package io.github.bitterling.minnow.cli;

/** Something the user can put right; ends the command with exit code 2 and one sentence. */
final class UserError extends RuntimeException {
  private static final long serialVersionUID = 1;

  UserError(String message) {
    super(message);
  }

  UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
