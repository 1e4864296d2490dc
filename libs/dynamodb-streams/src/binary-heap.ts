/** A binary heap: the first item by `isBefore` is on top. Push and pop take O(log n). */
export class BinaryHeap<T> {
  private readonly items: T[] = [];
  private readonly isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.isBefore = isBefore;
  }

  /** The first, or `undefined` if there is none. */
  peek(): T | undefined {
    return this.items[0];
  }

  pop(): T | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop() as T;
    if (items.length > 0) items[this.holeFor(last)] = last;
    return top;
  }

  push(item: T): void {
    const { items } = this;
    let at = items.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above] as T;
      if (!this.isBefore(item, parent)) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  /** The place of the last item once the top is removed; items that come before it move up. */
  private holeFor(last: T): number {
    let at = 0;
    for (let child = this.earlierChild(at); child !== undefined; child = this.earlierChild(at)) {
      const item = this.items[child] as T;
      if (!this.isBefore(item, last)) break;
      this.items[at] = item;
      at = child;
    }
    return at;
  }

  private earlierChild(at: number): number | undefined {
    const left = 2 * at + 1;
    if (left >= this.items.length) return undefined;
    const right = left + 1;
    return right < this.items.length && this.isBefore(this.items[right] as T, this.items[left] as T) ? right : left;
  }
}
