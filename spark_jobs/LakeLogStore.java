import io.delta.storage.LocalLogStore;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Logs of Delta tables on a local disk. Of a log's files, 86,400 a day, Delta wants those from some name on: the others
 * are not asked for their size and time, which takes 30 microseconds a file. Janino compiles it, without generics.
 */
public class LakeLogStore extends LocalLogStore {
    public LakeLogStore(Configuration conf) {
        super(conf);
    }

    public Iterator listFrom(Path path, Configuration conf) throws IOException {
        Path folder = path.getParent();
        String[] names = new File(folder.toUri().getPath()).list();
        if (names == null) {
            throw new FileNotFoundException("There is no folder " + folder + ".");
        }
        Arrays.sort(names);
        FileSystem system = path.getFileSystem(conf);
        List found = new ArrayList();
        for (int i = 0; i < names.length; i++) {
            if (names[i].compareTo(path.getName()) >= 0) {
                try {
                    found.add(system.getFileStatus(new Path(folder, names[i])));
                } catch (FileNotFoundException gone) {
                    continue; // deleted since it was listed
                }
            }
        }
        return found.iterator();
    }
}
