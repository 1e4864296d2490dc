/* Tokens of what handlers inject besides classes. */

/** The `Logger` of the worker. */
export const LOGGER = Symbol('logger');
/** The `ShopRules` of the worker's configuration. */
export const SHOP_RULES = Symbol('shop rules');
