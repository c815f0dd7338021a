/** The code of a refused address, where Node reports codes of failed connections. */
export const ADDRESS_NOT_ALLOWED = "ERR_ADDRESS_NOT_ALLOWED";
