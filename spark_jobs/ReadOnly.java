import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.catalyst.analysis.ResolvedTable;
import org.apache.spark.sql.catalyst.expressions.CallMethodViaReflection;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.ScriptTransformation;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.delta.DeltaLogFileIndex;
import org.apache.spark.sql.delta.commands.DescribeDeltaHistoryCommand;
import org.apache.spark.sql.delta.files.TahoeLogFileIndex;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import scala.collection.Iterator;

/**
 * A check of Spark's analyzer, after its own: a statement may read tables and views of the catalog and say what there
 * is, and nothing else. Of temporary views, which all sessions share, it notes when one is asked for. Janino compiles it
 * when the door opens, so it is written in Janino's Java, without generics.
 */
public class ReadOnly extends scala.runtime.AbstractFunction1 {
    private static final String SAYS = "(Show|DescribeRelation|DescribeColumn|DescribeTableC|DescribeDeltaHistory"
        + "|DescribeFunction|DescribeQuery|DescribeNamespace|DescribeDatabase|SetCatalogAndNamespace|SetNamespace|Explain).*";

    private final ConcurrentHashMap asked = new ConcurrentHashMap();

    /** When a temporary view was last asked for, in milliseconds since 1970; 0 if never. */
    public long askedAt(String name) {
        Long at = (Long) asked.get(name);
        return at == null ? 0L : at.longValue();
    }

    /** Of a session: its check, which is this object. Of a plan: nothing, or an exception that says why not. */
    public Object apply(Object checked) {
        if (!(checked instanceof LogicalPlan)) {
            return this;
        }
        checkPlan((LogicalPlan) checked);
        return null;
    }

    private void checkPlan(LogicalPlan plan) {
        String kind = plan.getClass().getSimpleName();
        if (plan instanceof Command && !kind.matches(SAYS)) {
            refuse("this is " + kind);
        }
        if (plan instanceof ScriptTransformation) {
            refuse("this would run a program");
        }
        if (plan instanceof LogicalRelation && !isTable((LogicalRelation) plan)
            || plan instanceof DescribeDeltaHistoryCommand
                && ((DescribeDeltaHistoryCommand) plan).table().catalogTable().isEmpty()
            || plan instanceof ResolvedTable && ((ResolvedTable) plan).identifier().name().contains("/")) {
            refuse("this names files instead of a table");
        }
        if (plan instanceof View && ((View) plan).isTempView()) {
            asked.put(((View) plan).desc().identifier().table(), Long.valueOf(System.currentTimeMillis()));
        }
        Iterator expressions = plan.expressions().iterator();
        while (expressions.hasNext()) {
            checkExpression((Expression) expressions.next());
        }
        Iterator children = plan.children().iterator();
        while (children.hasNext()) {
            checkPlan((LogicalPlan) children.next());
        }
    }

    /** A table of the catalog; at an earlier version only Delta's index of its files knows it. Or Delta's own log. */
    private boolean isTable(LogicalRelation relation) {
        if (!relation.catalogTable().isEmpty()) {
            return true;
        }
        if (!(relation.relation() instanceof HadoopFsRelation)) {
            return false;
        }
        Object files = ((HadoopFsRelation) relation.relation()).location();
        return files instanceof DeltaLogFileIndex
            || files instanceof TahoeLogFileIndex && !((TahoeLogFileIndex) files).catalogTableOpt().isEmpty();
    }

    private void checkExpression(Expression expression) {
        if (expression instanceof CallMethodViaReflection) {
            refuse("this would call a method of the server");
        }
        if (expression instanceof SubqueryExpression) {
            checkPlan((LogicalPlan) ((SubqueryExpression) expression).plan());
        }
        Iterator children = expression.children().iterator();
        while (children.hasNext()) {
            checkExpression((Expression) children.next());
        }
    }

    private void refuse(String why) {
        throw new UnsupportedOperationException(
            "The Thrift door only reads tables and views, and " + why + ": use depthlake sql or Spark Connect for it.");
    }
}
