/**
 * Something the user gave is wrong. The message is one line that names the file or option and says what is
 * wrong with it; the command line prints it as it is and ends with status 2.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
