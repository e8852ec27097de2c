/** The name that one part of a JSON Pointer between slashes stands for (RFC 6901, section 4). */
export const unescaped = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");
