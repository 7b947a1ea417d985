/** Task queues of the bare worker, of which one is for calls as the project has it. */
export const BARE_TASK_QUEUE = 'bare';
export const BARE_API_TASK_QUEUE = 'bare-api';
