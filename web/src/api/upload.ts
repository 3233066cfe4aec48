import { newId } from "../wording/identifiers";
import { NetworkError } from "./problem";
import { problemFrom } from "./client";

/** Sends bytes as they are and says how far they have come; `fetch` cannot. */
export function upload<T>(path: string, file: Blob, onProgress: (share: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.responseType = "json";
    request.setRequestHeader("X-Request-Id", newId());
    request.upload.onprogress = ({ loaded, total }) => {
      onProgress(total === 0 ? 0 : loaded / total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T);
      else reject(problemFrom(request.response, request.status));
    };
    request.onerror = () => {
      reject(new NetworkError(request.status));
    };
    request.send(file);
  });
}
