/** The kind of the custom content that holds the payload of a whole message, because the SDK's messages keep metadata of their parts only. */
export const MESSAGE_KIND = "lumiverse.message";
