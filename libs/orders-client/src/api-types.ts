// Written by npm run schemas, from the /openapi.json of apps/api.

export interface Operations {
  /**
   * Place an order
   */
  placeOrder: {
    body: OrderRequest;
    answer: Order | AcceptedOrder;
  };
  /**
   * List a customer's orders, newest first, or those that staff work on, longest unchanged first
   */
  listOrders: {
    query?: {
      limit?: number;
      /**
       * `nextCursor` of the page before, of the same query
       */
      cursor?: string;
      status?:
        | 'AWAITING_APPROVAL'
        | 'CONFIRMED'
        | 'REJECTED'
        | 'CANCELLED'
        | 'IN_FULFILLMENT'
        | 'PARTIALLY_SHIPPED'
        | 'SHIPPED'
        | 'DELIVERED';
      /**
       * orders with a return of this status, for staff
       */
      returns?: 'REQUESTED' | 'APPROVED' | 'RECEIVED';
      channel?: 'RETAIL' | 'WHOLESALE';
      /**
       * placed at this instant or later; in a list of work, last changed then; a date means its first instant in the seller's time zone
       */
      from?: string;
      /**
       * placed before this instant; in a list of work, last changed before it; a date means its first instant in the seller's time zone
       */
      to?: string;
      /**
       * only operators can name another customer than themselves
       */
      customerId?: string;
      /**
       * only for operators, without any other filter
       */
      purchaseOrderNumber?: string;
      /**
       * only for operators, without any other filter
       */
      paymentReference?: string;
      /**
       * only for operators, without any other filter
       */
      invoiceNumber?: string;
      /**
       * only for operators, without any other filter
       */
      importedNumber?: string;
    };
    answer: OrderPage;
  };
  /**
   * Read an order; PENDING until the worker has decided
   */
  getOrder: {
    path: {
      orderId: string;
    };
    query?: {
      /**
       * from a checkout: the customer of an order that may be PENDING
       */
      customerId?: string;
    };
    answer: Order | AcceptedOrder;
  };
  /**
   * Read the changes of an order, oldest first
   */
  getOrderHistory: {
    path: {
      orderId: string;
    };
    answer: OrderHistory;
  };
  /**
   * Approve a wholesale order that awaits it
   */
  approveOrder: {
    path: {
      orderId: string;
    };
    answer: Order | AcceptedCommand;
  };
  /**
   * Reject a wholesale order that awaits approval
   */
  rejectOrder: {
    path: {
      orderId: string;
    };
    body?: ReasonRequest;
    answer: Order | AcceptedCommand;
  };
  /**
   * Cancel an order, or the rest of one that is partly shipped
   */
  cancelOrder: {
    path: {
      orderId: string;
    };
    body?: ReasonRequest;
    answer: Order | AcceptedCommand;
  };
  /**
   * Start to pack an order
   */
  startFulfillment: {
    path: {
      orderId: string;
    };
    answer: Order | AcceptedCommand;
  };
  /**
   * Ship an order, or a part of it
   */
  createShipment: {
    path: {
      orderId: string;
    };
    body: ShipmentRequest;
    answer: Order | AcceptedCommand;
  };
  /**
   * Report that a shipment was delivered
   */
  deliverShipment: {
    path: {
      orderId: string;
      /**
       * counted from 1
       */
      shipmentId: string;
    };
    answer: Order | AcceptedCommand;
  };
  /**
   * Request a return of shipped goods
   */
  requestReturn: {
    path: {
      orderId: string;
    };
    body: ReturnGoodsRequest;
    answer: Order | AcceptedCommand;
  };
  /**
   * Approve a requested return
   */
  approveReturn: {
    path: {
      orderId: string;
      /**
       * counted from 1
       */
      returnId: string;
    };
    answer: Order | AcceptedCommand;
  };
  /**
   * Decline a requested return
   */
  declineReturn: {
    path: {
      orderId: string;
      /**
       * counted from 1
       */
      returnId: string;
    };
    body?: ReasonRequest;
    answer: Order | AcceptedCommand;
  };
  /**
   * Report that the goods of a return are back
   */
  receiveReturn: {
    path: {
      orderId: string;
      /**
       * counted from 1
       */
      returnId: string;
    };
    answer: Order | AcceptedCommand;
  };
  /**
   * Close a return with a credit note
   */
  closeReturn: {
    path: {
      orderId: string;
      /**
       * counted from 1
       */
      returnId: string;
    };
    answer: Order | AcceptedCommand;
  };
  /**
   * Read the outcome of a command
   */
  getCommand: {
    path: {
      orderId: string;
      commandId: string;
    };
    answer: Command;
  };
  /**
   * Read the outcome of each order of a batch, for 30 days
   */
  getOrderBatch: {
    path: {
      batchId: string;
    };
    answer: OrderBatch;
  };
  /**
   * Read an order's invoice, as JSON or as a PDF
   */
  getInvoice: {
    path: {
      orderId: string;
    };
    answer: Invoice;
  };
  /**
   * Read a credit note of an order, as JSON or as a PDF
   */
  getCreditNote: {
    path: {
      orderId: string;
      number: string;
    };
    answer: CreditNote;
  };
  /**
   * Whether the process runs
   */
  live: {
    answer: Health;
  };
  /**
   * Whether the api can do its work, with the state of its dependencies
   */
  ready: {
    answer: Health;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderRequest".
 */
export interface OrderRequest {
  /**
   * whose order it is: required from a checkout (PRICING=trusted), refused from everybody else
   */
  customerId?: string;
  /**
   * the shop's signature of the order's prices, a compact JWS: required with PRICING=quote, refused otherwise
   */
  quote?: string;
  channel: 'RETAIL' | 'WHOLESALE';
  /**
   * ISO 4217
   */
  currency: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  lineItems: LineItem[];
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  discount: number;
  /**
   * minor units of the order's currency
   */
  shipping: number;
  /**
   * minor units of the order's currency
   */
  tax: number;
  /**
   * the shipping's part of the tax, in minor units; without it, a share by price, or 0 if line items have a tax
   */
  shippingTax?: number;
  /**
   * the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency
   */
  total: number;
  shippingAddress: Address;
  billingAddress: Address;
  payment: Payment;
  /**
   * required for a WHOLESALE order, refused for a RETAIL order
   */
  purchaseOrderNumber?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "LineItem".
 */
export interface LineItem {
  sku: string;
  name: string;
  quantity: number;
  /**
   * minor units of the order's currency
   */
  unitPrice: number;
  /**
   * the line's part of the order's tax, in minor units; all line items have it or none
   */
  tax?: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Address".
 */
export interface Address {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  /**
   * required where the country has postal codes
   */
  postalCode?: string;
  /**
   * ISO 3166-1 alpha-2
   */
  country: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Payment".
 */
export interface Payment {
  provider: string;
  reference: string;
  /**
   * the order's total
   */
  amount: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Order".
 */
export interface Order {
  orderId: string;
  customerId: string;
  status:
    | 'AWAITING_APPROVAL'
    | 'CONFIRMED'
    | 'REJECTED'
    | 'CANCELLED'
    | 'IN_FULFILLMENT'
    | 'PARTIALLY_SHIPPED'
    | 'SHIPPED'
    | 'DELIVERED';
  /**
   * counts the order's changes, from 1
   */
  version: number;
  /**
   * @minItems 1
   * @maxItems 100
   */
  lineItems: OrderLine[];
  /**
   * @minItems 0
   * @maxItems 250
   */
  shipments: Shipment[];
  /**
   * @minItems 0
   * @maxItems 250
   */
  returns: ReturnRequest[];
  /**
   * the rest of a partly shipped order, if it was cancelled
   *
   * @minItems 1
   * @maxItems 100
   */
  cancelledItems?: LineQuantity[];
  returnStatus: 'NONE' | 'PARTIAL' | 'RETURNED';
  invoice?: OrderInvoice;
  /**
   * @minItems 0
   * @maxItems 250
   */
  creditNotes: OrderCreditNote[];
  /**
   * absent for an order that was placed here
   */
  source?: 'import';
  /**
   * an imported order's number in the system that it comes from
   */
  importedNumber?: string;
  placedAt: string;
  updatedAt: string;
  channel: 'RETAIL' | 'WHOLESALE';
  /**
   * ISO 4217
   */
  currency: string;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  discount: number;
  /**
   * minor units of the order's currency
   */
  shipping: number;
  /**
   * minor units of the order's currency
   */
  tax: number;
  /**
   * the shipping's part of the tax, in minor units; without it, a share by price, or 0 if line items have a tax
   */
  shippingTax?: number;
  /**
   * the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency
   */
  total: number;
  shippingAddress: Address;
  billingAddress: Address;
  payment: Payment;
  /**
   * required for a WHOLESALE order, refused for a RETAIL order
   */
  purchaseOrderNumber?: string;
  links: {
    self: string;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderLine".
 */
export interface OrderLine {
  /**
   * counts the order's line items, from 1
   */
  lineNumber: number;
  sku: string;
  name: string;
  quantity: number;
  /**
   * minor units of the order's currency
   */
  unitPrice: number;
  /**
   * the line's part of the order's tax, in minor units; all line items have it or none
   */
  tax?: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Shipment".
 */
export interface Shipment {
  /**
   * counts the order's shipments, from 1
   */
  shipmentId: string;
  carrier: string;
  trackingNumber: string;
  /**
   * @minItems 1
   * @maxItems 100
   */
  items: LineQuantity[];
  shippedAt: string;
  deliveredAt?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "LineQuantity".
 */
export interface LineQuantity {
  /**
   * the lineNumber of one of the order's lineItems
   */
  lineNumber: number;
  quantity: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ReturnRequest".
 */
export interface ReturnRequest {
  /**
   * counts the order's returns, from 1
   */
  returnId: string;
  status: 'REQUESTED' | 'APPROVED' | 'DECLINED' | 'RECEIVED' | 'CLOSED';
  /**
   * @minItems 1
   * @maxItems 100
   */
  items: LineQuantity[];
  reason: string;
  requestedAt: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderInvoice".
 */
export interface OrderInvoice {
  invoiceNumber: string;
  issuedAt: string;
  seller: Seller;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Seller".
 */
export interface Seller {
  name: string;
  address: string[];
  vatId: string;
  /**
   * an IANA name; the dates on the invoice and its credit notes are in it, or in UTC without it
   */
  timeZone?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderCreditNote".
 */
export interface OrderCreditNote {
  creditNoteNumber: string;
  issuedAt: string;
  /**
   * absent when the order, or the rest of it, was cancelled
   */
  returnId?: string;
  /**
   * minor units of the order's currency
   */
  goods: number;
  /**
   * minor units of the order's currency
   */
  discount: number;
  /**
   * minor units of the order's currency
   */
  shipping: number;
  /**
   * minor units of the order's currency
   */
  tax: number;
  /**
   * minor units of the order's currency
   */
  total: number;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AcceptedOrder".
 */
export interface AcceptedOrder {
  orderId: string;
  status: 'PENDING';
  links: {
    self: string;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderPage".
 */
export interface OrderPage {
  data: {
    orderId: string;
    status:
      | 'AWAITING_APPROVAL'
      | 'CONFIRMED'
      | 'REJECTED'
      | 'CANCELLED'
      | 'IN_FULFILLMENT'
      | 'PARTIALLY_SHIPPED'
      | 'SHIPPED'
      | 'DELIVERED';
    channel: 'RETAIL' | 'WHOLESALE';
    /**
     * ISO 4217
     */
    currency: string;
    /**
     * the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency
     */
    total: number;
    version: number;
    placedAt: string;
    customerId?: string;
    /**
     * required for a WHOLESALE order, refused for a RETAIL order
     */
    purchaseOrderNumber?: string;
    /**
     * an imported order's number in the system that it comes from
     */
    importedNumber?: string;
    /**
     * in a list of work: the last change
     */
    since?: string;
    links: {
      self: string;
    };
  }[];
  /**
   * for the next page; null at the end of the list, and only there
   */
  nextCursor: string | null;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderHistory".
 */
export interface OrderHistory {
  orderId: string;
  data: {
    version: number;
    event:
      | 'awaiting_approval'
      | 'confirmed'
      | 'rejected'
      | 'cancelled'
      | 'fulfillment_started'
      | 'partially_shipped'
      | 'rest_cancelled'
      | 'shipped'
      | 'shipment_delivered'
      | 'delivered'
      | 'return_requested'
      | 'return_approved'
      | 'return_declined'
      | 'return_received'
      | 'return_closed'
      | 'imported';
    at: string;
    /**
     * the subject who requested the change; customers read `staff` instead of the subject of another
     */
    by: string;
    commandId: string;
    reason?: string;
  }[];
  links: {
    order: string;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AcceptedCommand".
 */
export interface AcceptedCommand {
  commandId: string;
  orderId: string;
  status: 'PENDING';
  links: {
    self: string;
    order: string;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ReasonRequest".
 */
export interface ReasonRequest {
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ShipmentRequest".
 */
export interface ShipmentRequest {
  carrier: string;
  trackingNumber: string;
  /**
   * each lineNumber at most once
   *
   * @minItems 1
   * @maxItems 100
   */
  items: LineQuantity[];
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ReturnGoodsRequest".
 */
export interface ReturnGoodsRequest {
  /**
   * each lineNumber at most once
   *
   * @minItems 1
   * @maxItems 100
   */
  items: LineQuantity[];
  reason: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Command".
 */
export interface Command {
  commandId: string;
  orderId: string;
  status: 'PENDING' | 'APPLIED' | 'REFUSED';
  /**
   * the event of its change
   */
  event?:
    | 'awaiting_approval'
    | 'confirmed'
    | 'rejected'
    | 'cancelled'
    | 'fulfillment_started'
    | 'partially_shipped'
    | 'rest_cancelled'
    | 'shipped'
    | 'shipment_delivered'
    | 'delivered'
    | 'return_requested'
    | 'return_approved'
    | 'return_declined'
    | 'return_received'
    | 'return_closed'
    | 'imported';
  /**
   * the version of the order after it
   */
  version?: number;
  decidedAt?: string;
  refusal?: Problem;
  links: {
    self: string;
    order: string;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Problem".
 */
export interface Problem {
  type:
    | 'urn:fargate-orders:problem:invalid-request'
    | 'urn:fargate-orders:problem:unauthenticated'
    | 'urn:fargate-orders:problem:forbidden'
    | 'urn:fargate-orders:problem:not-found'
    | 'urn:fargate-orders:problem:not-acceptable'
    | 'urn:fargate-orders:problem:timeout'
    | 'urn:fargate-orders:problem:conflict'
    | 'urn:fargate-orders:problem:precondition-failed'
    | 'urn:fargate-orders:problem:too-large'
    | 'urn:fargate-orders:problem:unsupported-media-type'
    | 'urn:fargate-orders:problem:idempotency-conflict'
    | 'urn:fargate-orders:problem:headers-too-large'
    | 'urn:fargate-orders:problem:too-many-requests'
    | 'urn:fargate-orders:problem:internal'
    | 'urn:fargate-orders:problem:unavailable';
  title: string;
  status: number;
  detail: string;
  instance: string;
  /**
   * everything that is wrong with the request
   */
  errors?: {
    /**
     * JSON Pointer, RFC 6901
     */
    pointer: string;
    detail: string;
  }[];
  /**
   * of a refused command: the status of the order
   */
  orderStatus?:
    | 'AWAITING_APPROVAL'
    | 'CONFIRMED'
    | 'REJECTED'
    | 'CANCELLED'
    | 'IN_FULFILLMENT'
    | 'PARTIALLY_SHIPPED'
    | 'SHIPPED'
    | 'DELIVERED';
  /**
   * of a refused command: the version of the order
   */
  orderVersion?: number;
  /**
   * of a refused command: the commands that the order allows this caller now, by operation
   */
  allowedCommands?: (
    | 'approveOrder'
    | 'rejectOrder'
    | 'cancelOrder'
    | 'startFulfillment'
    | 'createShipment'
    | 'deliverShipment'
    | 'requestReturn'
    | 'approveReturn'
    | 'declineReturn'
    | 'receiveReturn'
    | 'closeReturn'
  )[];
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OrderBatch".
 */
export interface OrderBatch {
  batchId: string;
  status: 'PENDING' | 'COMPLETE';
  accepted?: number;
  refused?: number;
  data: {
    /**
     * counts the orders of the batch, from 1
     */
    row: number;
    status: 'ACCEPTED' | 'REFUSED';
    orderId?: string;
    problem?: Problem;
    links?: {
      order: string;
    };
  }[];
  links: {
    self: string;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Invoice".
 */
export interface Invoice {
  documentType: 'INVOICE';
  number: string;
  issuedAt: string;
  orderId: string;
  orderedAt: string;
  /**
   * required for a WHOLESALE order, refused for a RETAIL order
   */
  purchaseOrderNumber?: string;
  /**
   * ISO 4217
   */
  currency: string;
  seller: Seller;
  buyer: {
    customerId: string;
    address: Address;
  };
  lines: {
    /**
     * counts the order's line items, from 1
     */
    lineNumber: number;
    sku: string;
    name: string;
    quantity: number;
    /**
     * minor units of the order's currency
     */
    unitPrice: number;
    /**
     * at most the price of the goods, in minor units of the order's currency
     */
    amount: number;
  }[];
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  goods: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  discount: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  net: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  tax: number;
  /**
   * the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency
   */
  total: number;
  deliverTo: Address;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  shipping: number;
  paid: {
    provider: string;
    /**
     * at most the price of the goods, in minor units of the order's currency
     */
    amount: number;
  };
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "CreditNote".
 */
export interface CreditNote {
  documentType: 'CREDIT_NOTE';
  number: string;
  issuedAt: string;
  orderId: string;
  orderedAt: string;
  /**
   * required for a WHOLESALE order, refused for a RETAIL order
   */
  purchaseOrderNumber?: string;
  /**
   * ISO 4217
   */
  currency: string;
  seller: Seller;
  buyer: {
    customerId: string;
    address: Address;
  };
  lines: {
    /**
     * counts the order's line items, from 1
     */
    lineNumber: number;
    sku: string;
    name: string;
    quantity: number;
    /**
     * minor units of the order's currency
     */
    unitPrice: number;
    /**
     * at most the price of the goods, in minor units of the order's currency
     */
    amount: number;
  }[];
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  goods: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  discount: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  net: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  tax: number;
  /**
   * the sum of quantity × unitPrice of all line items − discount + shipping + tax, in minor units of the order's currency
   */
  total: number;
  /**
   * at most the price of the goods, in minor units of the order's currency
   */
  shipping: number;
  invoiceNumber: string;
  returnId?: string;
  reason?: string;
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Health".
 */
export interface Health {
  status: 'live' | 'ready' | 'not_ready';
  dependencies?: {};
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AcceptedBatch".
 */
export interface AcceptedBatch {
  batchId: string;
  status: 'PENDING';
  accepted: number;
  refused: number;
  links: {
    self: string;
  };
}

/** The method and the path of each operation. */
export const ROUTES = {
  placeOrder: { method: 'POST', path: '/v1/orders' },
  listOrders: { method: 'GET', path: '/v1/orders' },
  getOrder: { method: 'GET', path: '/v1/orders/{orderId}' },
  getOrderHistory: { method: 'GET', path: '/v1/orders/{orderId}/history' },
  approveOrder: { method: 'POST', path: '/v1/orders/{orderId}/approval' },
  rejectOrder: { method: 'POST', path: '/v1/orders/{orderId}/rejection' },
  cancelOrder: { method: 'POST', path: '/v1/orders/{orderId}/cancellation' },
  startFulfillment: { method: 'POST', path: '/v1/orders/{orderId}/fulfillment' },
  createShipment: { method: 'POST', path: '/v1/orders/{orderId}/shipments' },
  deliverShipment: { method: 'POST', path: '/v1/orders/{orderId}/shipments/{shipmentId}/delivery' },
  requestReturn: { method: 'POST', path: '/v1/orders/{orderId}/returns' },
  approveReturn: { method: 'POST', path: '/v1/orders/{orderId}/returns/{returnId}/approval' },
  declineReturn: { method: 'POST', path: '/v1/orders/{orderId}/returns/{returnId}/decline' },
  receiveReturn: { method: 'POST', path: '/v1/orders/{orderId}/returns/{returnId}/receipt' },
  closeReturn: { method: 'POST', path: '/v1/orders/{orderId}/returns/{returnId}/closure' },
  getCommand: { method: 'GET', path: '/v1/orders/{orderId}/commands/{commandId}' },
  getOrderBatch: { method: 'GET', path: '/v1/order-batches/{batchId}' },
  getInvoice: { method: 'GET', path: '/v1/orders/{orderId}/invoice' },
  getCreditNote: { method: 'GET', path: '/v1/orders/{orderId}/credit-notes/{number}' },
  live: { method: 'GET', path: '/health/live' },
  ready: { method: 'GET', path: '/health/ready' },
} as const;

/** The kinds of problems that the api answers, with their statuses. */
export const PROBLEM_STATUSES = {
  'invalid-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'not-acceptable': 406,
  timeout: 408,
  conflict: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  'idempotency-conflict': 422,
  'headers-too-large': 431,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
} as const;
