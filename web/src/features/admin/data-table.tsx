import { createContext, useContext, useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import styles from "./data-table.module.css";

interface Column {
  name: string;
  /** As numbers stand under each other. */
  isAtEnd?: true;
  /** What is under it says for itself what it is. */
  isNameless?: true;
}

interface TableProps {
  label: string;
  columns: readonly Column[];
  children: ReactNode;
}

const Columns = createContext<readonly Column[]>([]);

/** A table of the admin page. With little room the cells of a row stand under each other, each with the name of its
 * column; with a little more it scrolls, and shows that it does. The roles are said, as some browsers take them away
 * from what is not laid out as a table. */
export function DataTable({ label, columns, children }: TableProps) {
  const box = useRef<HTMLDivElement>(null);
  const scrolls = useScrolls(box);
  return (
    <div ref={box} className={styles.box} role="region" aria-label={label} tabIndex={scrolls ? 0 : undefined}>
      <table className={styles.table} role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, isAtEnd, isNameless }) => (
              <th key={name} role="columnheader" scope="col" data-at-end={isAtEnd}>
                {isNameless === true ? <span className="visually-hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          <Columns value={columns}>{children}</Columns>
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  /** Whom or what it is about, where the first cell does not say it alone. */
  label?: string;
  /** One for each column. */
  cells: readonly ReactNode[];
  /** What was unfolded under it. */
  below?: ReactNode;
}

export function DataRow({ label, cells, below }: RowProps) {
  const columns = useContext(Columns);
  return (
    <>
      <tr role="row" aria-label={label} data-open={below !== undefined}>
        {columns.map(({ name, isAtEnd }, place) => (
          <td key={name} role="cell" data-at-end={isAtEnd} data-column={place === 0 ? undefined : name}>
            <div>{cells[place]}</div>
          </td>
        ))}
      </tr>
      {below !== undefined && (
        <tr role="row">
          <td role="cell" colSpan={columns.length}>
            {below}
          </td>
        </tr>
      )}
    </>
  );
}

/** Whether there is more than fits: only then is it a stop for the keyboard. */
function useScrolls(box: RefObject<HTMLElement | null>): boolean {
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const looked = box.current;
    if (looked === null) return;
    const look = () => {
      setScrolls(looked.scrollWidth > looked.clientWidth);
    };
    const observer = new ResizeObserver(look);
    for (const each of [looked, ...looked.children]) observer.observe(each);
    return () => {
      observer.disconnect();
    };
  }, [box]);
  return scrolls;
}
