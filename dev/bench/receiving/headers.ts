/** What deliveries of the bench carry besides a signature: the stack, for whoever does not look into the body. */
export const STACK_HEADER = 'X-Stack';
